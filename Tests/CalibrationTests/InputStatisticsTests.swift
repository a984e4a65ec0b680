import Calibration
import Kernels
import Tensors
import Testing

@Suite struct InputStatisticsTests {
  @Test func `sums are those of the definition`() {
    let x = Tensor([[1, -2], [3, 4], [-1, 0]])
    let statistics = InputStatistics(width: 2)
    statistics.add(x)
    #expect(statistics.rows == 3)
    #expect(statistics.gram.elements == [11, 10, 10, 20])
    #expect(statistics.means == [1, 2.0 / 3])
    #expect(statistics.meanMagnitudes == [5.0 / 3, 2])
    #expect(statistics.meanSquares == [11.0 / 3, 20.0 / 3])
    #expect(statistics.norms.map { ($0 * $0).rounded() } == [11, 20])
    for (ours, expected) in zip(statistics.variances, [11.0 / 3 - 1, 20.0 / 3 - 4.0 / 9]) {
      #expect(abs(ours - expected) < 1e-15)
    }
  }

  @Test func `rows may come in several calls, and none at all`() {
    let statistics = InputStatistics(width: 2)
    statistics.add(Tensor([[1, -2]]))
    statistics.add(Tensor([0, 2], []))
    statistics.add(Tensor([[3, 4], [-1, 0]]))
    #expect(statistics.rows == 3 && statistics.gram.elements == [11, 10, 10, 20])
  }

  @Test func `threads change no bit`() {
    var generator = Generator(seed: 1)
    let x = Tensor([300, 70], normal: 1, from: &generator)
    func gram(_ threads: Int) -> [Double] {
      Parallel.$threads.withValue(threads) {
        let statistics = InputStatistics(width: 70)
        statistics.add(x)
        return statistics.gram.elements
      }
    }
    #expect(gram(1) == gram(3))
  }
}
