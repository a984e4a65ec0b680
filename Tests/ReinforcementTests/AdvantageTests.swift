import Testing

@testable import Reinforcement

private let rewards: [[Double]] = [[1, 0, 0, 0], [0.5, 0.5, 1, 0], [1, 1, 1, 1]]

@Suite struct AdvantageTests {
  @Test func `GRPO divides by the deviation of the group`() {
    let advantages = Advantage.grpo(rewards)
    // The sample deviation of 1, 0, 0, 0 is 1/2.
    #expect(advantages[0] == [0.75 / 0.5001, -0.25 / 0.5001, -0.25 / 0.5001, -0.25 / 0.5001])
    #expect(advantages[2] == [0, 0, 0, 0])
  }

  @Test func `RLOO subtracts the mean of the others`() {
    let advantages = Advantage.rloo(rewards)
    for (group, own) in zip(rewards, advantages) {
      for (index, advantage) in own.enumerated() {
        let others = group.enumerated().filter { $0.offset != index }.map(\.element)
        #expect(abs(advantage - (group[index] - others.reduce(0, +) / 3)) < 1e-15)
      }
    }
  }

  @Test func `Dr. GRPO is RLOO but for a factor`() {
    for (a, b) in zip(Advantage.drGRPO(rewards).joined(), Advantage.rloo(rewards).joined()) {
      #expect(abs(a - 0.75 * b) < 1e-15)
    }
  }

  @Test func `REINFORCE compares with the batch`() {
    let advantages = Advantage.reinforce(rewards)
    #expect(abs(advantages.joined().reduce(0, +)) < 1e-12)
    #expect(advantages[2].allSatisfy { abs($0 - (1 - 7.0 / 12)) < 1e-15 })
  }

  /// The mean of three tenths is not a tenth: an advantage of rounding errors over ε would be noise.
  @Test(arguments: [
    Advantage(.group, scale: .group), Advantage(.group), Advantage(.others), Advantage(.batch),
    Advantage(.batch, scale: .batch), Advantage(.group, scale: .batch),
    Advantage(.none, scale: .group), Advantage(.batch, scale: .group),
  ])
  func `equal rewards give exactly nothing`(_ advantage: Advantage) {
    for reward in [0, 0.1, 1, -7.3, 1e300] {
      for count in [1, 3, 7] {
        let groups = [[Double]](repeating: Array(repeating: reward, count: count), count: 2)
        #expect(advantage(groups).joined().allSatisfy { $0 == 0 })
      }
    }
  }

  @Test func `RAFT takes what is good enough, and leaves out the rest`() {
    #expect(Credit.accepted(atLeast: 1)([[1, 0, 2], [0.5]]) == [[1, nil, 1], [nil]])
    #expect(
      Credit.advantage(.grpo)(rewards) == Advantage.grpo(rewards).map { $0.map(Optional.some) })
  }

  @Test func `length is punished over the margin`() {
    let overlong = Overlong(punishment: (limit: 20, margin: 4))
    #expect([1, 16, 17, 18, 20, 21, 99].map(overlong.reward) == [0, 0, -0.25, -0.5, -1, -1, -1])
    #expect(Overlong().reward(length: 1 << 40) == 0)
  }
}
