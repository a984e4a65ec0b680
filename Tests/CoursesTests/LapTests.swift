import Testing

@testable import Courses
@testable import Reinforcement

@Suite struct LapTests {
  private func lap(_ metrics: [(String, Double)]) -> Lap {
    var report = ReinforcementReport(step: 3)
    for (name, value) in metrics { report.add(name, value) }
    return Lap(report)
  }

  @Test func `a line says what is known and nothing else`() {
    let all = [
      ("num_tokens", 900), ("entropy", 0.3), ("kl", 0.0124), ("reward", 0.5),
      ("frac_reward_zero_std", 0.25), ("completions/mean_length", 41),
    ]
    #expect(
      lap(all).summary == "reward 0.5  length 41.0  same reward 0.25  entropy 0.3  "
        + "KL to the reference 0.012")
    // A step whose completions all earned the same has neither.
    let nothing = lap(all.filter { $0.0 != "entropy" && $0.0 != "kl" })
    #expect(nothing.entropy == nil && nothing.divergence == nil && nothing.tokens == 900)
    #expect(nothing.summary == "reward 0.5  length 41.0  same reward 0.25")
  }
}
