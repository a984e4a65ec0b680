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

  @Test func `the prompt states the numbers as they are given`() {
    #expect(Sorting([4, 6, 3]).prompt == "sort 4 6 3\n")
    #expect(SortingReward().score("", of: Sorting([])) == 0)
  }
}
