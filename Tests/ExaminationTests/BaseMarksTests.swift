import Curriculum
import Testing

@testable import Examination

@Suite struct BaseMarksTests {
  private func marks(_ solved: [Int], of attempts: Int = 4) -> BaseMarks {
    BaseMarks(skills: Skills(), solved: solved, attempts: attempts, facts: 0, rightFacts: 0)
  }

  /// Every choice of `k` attempts among those at one problem, of which `right` are right.
  private func enumerated(_ right: Int, of attempts: Int, choosing k: Int) -> Double {
    let choices = (0..<1 << attempts).filter { $0.nonzeroBitCount == k }
    return Double(choices.count { $0 & (1 << right - 1) != 0 }) / Double(choices.count)
  }

  @Test(arguments: 1...6) func `pass@k is the share of choices that hold a right attempt`(k: Int) {
    for right in 0...6 {
      let expected = enumerated(right, of: 6, choosing: k)
      #expect(abs(marks([right], of: 6).passRate(k) - expected) < 1e-12, "\(right)")
    }
    let mean = (0...6).map { enumerated($0, of: 6, choosing: k) }.reduce(0, +) / 7
    #expect(abs(marks(Array(0...6), of: 6).passRate(k) - mean) < 1e-12)
  }

  @Test func `intervals are those of the mean over the problems`() {
    // Shares 0, 1/4, 1/2, 1: their mean is 7/16.
    let some = marks([0, 1, 2, 4])
    #expect(abs(some.accuracy - 7.0 / 16) < 1e-12)
    let shares: [Double] = [0, 0.25, 0.5, 1]
    let variance: Double = shares.reduce(0) { $0 + ($1 - 0.4375) * ($1 - 0.4375) } / 3
    let interval: Double = 1.96 * (variance / 4).squareRoot()
    #expect(abs(some.interval - interval) < 1e-12)
    #expect(marks([1]).interval == .infinity)
  }

  @Test func `a lead is judged problem by problem`() {
    let (one, other) = (marks([4, 3, 2, 1]), marks([3, 2, 1, 0]))
    let lead = one.lead(over: other)
    #expect(abs(lead.difference - 0.25) < 1e-12 && lead.interval < 1e-12)
    #expect(one.interval > 0.1)
    #expect(other.lead(over: one).difference == -lead.difference)
  }
}
