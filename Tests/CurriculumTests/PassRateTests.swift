import Testing

@testable import Curriculum

@Suite struct PassRateTests {
  /// All choices, one by one: completions are bits, and the lowest are the right ones.
  @Test func `it is the share of choices with a right completion`() {
    let count = 9
    for right in 0...count {
      for k in 1...count {
        let choices = (0..<1 << count).filter { $0.nonzeroBitCount == k }
        let good = choices.count { $0 & (1 << right - 1) != 0 }
        let share = Double(good) / Double(choices.count)
        #expect(abs(estimatedPassRate(at: k, right: right, of: count) - share) < 1e-14)
      }
    }
  }

  @Test func `one completion passes as often as it is right`() {
    #expect(estimatedPassRate(at: 1, right: 2, of: 16) == 0.125)
    #expect(estimatedPassRate(at: 16, right: 0, of: 16) == 0)
    #expect(estimatedPassRate(at: 16, right: 1, of: 16) == 1)
  }
}
