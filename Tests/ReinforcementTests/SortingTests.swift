import Testing

@testable import Reinforcement

private let sorted: [(String, Double)] = [
  ("3 4 6", 1), ("3 6 4", 1.0 / 3), ("3 4 4", 2.0 / 3), ("4 3 6", 0), ("", 0), ("3", 0),
  ("3 4 6 6", 0), ("3 4 6 ", 0), (" 3 4 6", 0), ("3  4 6", 0), ("03 4 6", 0), ("３ 4 6", 0),
  ("3\u{301} 4 6", 0), ("3 4 6\n", 2.0 / 3), (String(repeating: "3 ", count: 1_000_000), 0),
]

@Suite struct SortingTests {
  @Test(arguments: sorted)
  func `what stands in its place is paid, up to the first mistake`(_ text: String, _ reward: Double)
  {
    #expect(SortingReward().score(text, of: Sorting([4, 6, 3])) == reward)
  }

  /// Nothing of the trainer, nor of a judge, knows what it is that is learned.
  @Test func `a model learns the second task from its reward, as it would the first`() throws {
    var options = ReinforcementOptions(steps: 60, learningRate: 1e-2, limit: 1)
    (options.prompts, options.groupSize) = (1, 256)
    let trainer = try ReinforcementTrainer(
      Class.model(), tokenizer: Class.tokenizer, exercises: [Sorting([4])],
      judge: Judge([(SortingReward(), 1)]), options)
    var rewards: [Double] = []
    try trainer.run { report, _ in
      rewards.append(report["reward"]!)
      return true
    }
    #expect(rewards[0] < 0.1)
    #expect(rewards.last! > 0.9)
  }

  @Test func `the prompt states the numbers as they are given`() {
    #expect(Sorting([4, 6, 3]).prompt == "sort 4 6 3\n")
    #expect(SortingReward().score("", of: Sorting([])) == 0)
  }
}
