import Distillation
import Kernels
import Tensors
import Testing

private let all: [Divergence] = [
  .forward, .reverse, .jensenShannon(0.5), .jensenShannon(0.1), .jensenShannon(0.9),
]

@Suite struct DivergenceTests {
  /// By the definition, in 64 bits.
  private func byHand(
    _ divergence: Divergence, _ student: [[Double]], _ teacher: [[Double]]
  ) -> Double {
    func distribution(_ row: [Double]) -> [Double] {
      let top = row.max()!
      let powers = row.map { exponential($0 - top) }
      let sum = powers.reduce(0, +)
      return powers.map { $0 / sum }
    }
    func relative(_ a: [Double], _ b: [Double]) -> Double {
      zip(a, b).reduce(0) { $0 + $1.0 * (logarithm($1.0) - logarithm($1.1)) }
    }
    return zip(student, teacher).reduce(0) { sum, rows in
      let (s, t) = (distribution(rows.0), distribution(rows.1))
      switch divergence {
      case .forward: return sum + relative(t, s)
      case .reverse: return sum + relative(s, t)
      case .jensenShannon(let share):
        let beta = Double(share)
        let mixed = zip(s, t).map { beta * $1 + (1 - beta) * $0 }
        return sum + beta * relative(t, mixed) + (1 - beta) * relative(s, mixed)
      }
    }
  }

  private func doubles(_ logits: Tensor) -> [[Double]] {
    (0..<logits.shape[0]).map { logits.row($0).map(Double.init) }
  }

  @Test(arguments: all)
  func `values are those of the definition`(_ divergence: Divergence) {
    let (student, teacher) = (Sample.logits(6, seed: 1), Sample.logits(6, seed: 2))
    let value = Double(divergence(student: student, teacher: teacher).scalar)
    let expected = byHand(divergence, doubles(student), doubles(teacher))
    #expect(expected > 0.5 && abs(value - expected) < 1e-5 * expected)
  }

  @Test(arguments: all)
  func `gradients are slopes`(_ divergence: Divergence) {
    let (student, teacher) = (Sample.logits(4, seed: 3), Sample.logits(4, seed: 4))
    let computed = gradient(at: [student]) { divergence(student: $0[0], teacher: teacher) }
      .gradients[0]
    // Slopes of the definition in 64 bits, whose differences lose nothing.
    let (rows, fixed) = (doubles(student), doubles(teacher))
    var (largest, difference) = (0.0, 0.0)
    for row in 0..<4 {
      for column in 0..<7 {
        func shifted(_ offset: Double) -> Double {
          var moved = rows
          moved[row][column] += offset
          return byHand(divergence, moved, fixed)
        }
        let slope = (shifted(1e-4) - shifted(-1e-4)) / 2e-4
        largest = max(largest, abs(slope))
        difference = max(difference, abs(slope - Double(computed[row, column])))
      }
    }
    #expect(difference < 2e-5 * largest)
  }

  @Test(arguments: all)
  func `equal models are at no distance`(_ divergence: Divergence) {
    let logits = Sample.logits(5, seed: 5)
    let (value, gradients) = gradient(at: [logits]) {
      divergence(student: $0[0], teacher: logits)
    }
    #expect(value == 0)
    // Probabilities come about in two ways, each within an ulp.
    #expect(gradients[0].floats.allSatisfy { abs($0) <= 2 * Float(1).ulp })
  }

  @Test func `the Jensen-Shannon divergence is bounded where the others are not`() {
    let student = Tensor([[60, 0, 0]])
    let teacher = Tensor([[0, 60, 0]])
    let bounded = Divergence.jensenShannon(0.5)(student: student, teacher: teacher).scalar
    #expect(abs(bounded - 0.693_147_2) < 1e-6)
    #expect(Divergence.forward(student: student, teacher: teacher).scalar > 50)
  }
}
