import Calibration
import Factorizations
import Kernels
import Tensors
import Testing

@testable import Compression

@Suite struct LeastSquaresRepairTests {
  private let fixture = Fixture(20, 30, tokens: 400)

  @Test func `nothing is lost if nothing goes`() throws {
    let repair = try LeastSquaresRepair(
      fixture.weight, fixture.inputs, keeping: Array(0..<30), damping: 0)
    #expect(fixture.loss(repair.weight) < 1e-20 && repair.damping == 0)
  }

  @Test func `no other weights do better`() throws {
    let kept = Array(stride(from: 0, to: 30, by: 2))
    let repair = try LeastSquaresRepair(fixture.weight, fixture.inputs, keeping: kept, damping: 0)
    func loss(_ weight: DoubleMatrix) -> Double {
      var whole = DoubleMatrix(rows: 20, columns: 30)
      for row in 0..<20 {
        for (place, column) in kept.enumerated() { whole[row, column] = weight[row, place] }
      }
      return fixture.loss(whole)
    }
    let best = loss(repair.weight)
    #expect(best < 0.9 * loss(fixture.weight.columns(kept)))
    var generator = Generator(seed: 3)
    for _ in 0..<20 {
      var other = repair.weight
      for place in other.elements.indices {
        other.elements[place] += 0.01 * Double(generator.normal())
      }
      #expect(loss(other) > best)
    }
  }

  @Test func `a bias stands for what is always the same`() throws {
    // Input 1 is always 5: without a bias nobody can say so.
    var generator = Generator(seed: 1)
    let rows = (0..<300).map { _ in [generator.normal(), 5, generator.normal()] }
    let inputs = InputStatistics(width: 3)
    inputs.add(Tensor(rows))
    let weight = DoubleMatrix([[1, 2, 3], [0, -1, 1]])
    let repair = try LeastSquaresRepair(weight, inputs, keeping: [0, 2], hasBias: true, damping: 0)
    for (ours, expected) in zip(repair.bias, [10.0, -5]) { #expect(abs(ours - expected) < 1e-5) }
    for (ours, expected) in zip(repair.weight.elements, [1.0, 3, 0, 1]) {
      #expect(abs(ours - expected) < 1e-5)
    }
  }

  @Test func `inputs without energy are refused`() {
    #expect(
      message {
        _ = try LeastSquaresRepair(DoubleMatrix([[1, 2]]), InputStatistics(width: 2), keeping: [0])
      }.contains("the least-squares repair failed"))
  }
}
