import Kernels
import Testing

@testable import Courses

@Suite struct PairedDifferenceTests {
  @Test func `what differs everywhere by the same is certain`() {
    let scores = (0..<50).map { Double($0) / 64 }
    let difference = PairedDifference(scores.map { $0 + 0.25 }, over: scores)
    #expect(difference.mean == 0.25 && difference.low == 0.25 && difference.high == 0.25)
  }

  /// The mean of 400 numbers with variance 1 has a standard error of 1/20, so the interval is about
  /// ±0.098 wide.
  @Test func `the interval has the width that theory gives it`() {
    var generator = Generator(seed: 5)
    let scores = (0..<400).map { _ in generator.uniform() < 0.5 ? 1.0 : -1.0 }
    let difference = PairedDifference(scores, over: [Double](repeating: 0, count: 400))
    #expect(abs((difference.high - difference.low) / 2 - 0.098) < 0.012)
    #expect(difference.low < difference.mean && difference.mean < difference.high)
  }
}
