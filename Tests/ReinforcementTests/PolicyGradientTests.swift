import Kernels
import Testing

@testable import Reinforcement

/// A policy over three tokens, of which 0 ends a text, and texts of at most two: a table of logits
/// for each of the three beginnings "", "1" and "2". Small enough to list all its texts.
private struct Table {
  var logits: [Double]

  static let texts = [[0], [1, 0], [1, 1], [1, 2], [2, 0], [2, 1], [2, 2]]

  /// Rewards without a pattern, one for each text.
  static let rewards = [0.3, -1, 2, 0, 0.5, 1, -0.25]

  /// The rows of the table that the tokens of a text are drawn from.
  static func rows(_ text: [Int]) -> [Int] { text.count == 1 ? [0] : [0, text[0]] }

  func probability(_ token: Int, row: Int) -> Double {
    let weights = logits[3 * row..<3 * row + 3].map(exponential)
    return weights[token] / weights.reduce(0, +)
  }

  func logProbabilities(_ text: [Int]) -> [Double] {
    zip(text, Table.rows(text)).map { logarithm(probability($0, row: $1)) }
  }

  func probability(_ text: [Int]) -> Double {
    zip(text, Table.rows(text)).reduce(1) { $0 * probability($1.0, row: $1.1) }
  }

  /// The expected reward, over all texts.
  var expectedReward: Double {
    zip(Table.texts, Table.rewards).reduce(0) { $0 + probability($1.0) * $1.1 }
  }

  /// The gradient of the expected reward, by differences.
  var exactGradient: [Double] {
    logits.indices.map { index in
      func shifted(_ by: Double) -> Double {
        var moved = self
        moved.logits[index] += by
        return moved.expectedReward
      }
      return (shifted(1e-5) - shifted(-1e-5)) / 2e-5
    }
  }

  /// The gradient of the loss on one group of texts, by the chain rule from its slopes.
  func lossGradient(_ group: [Int], _ advantage: Advantage, _ loss: PolicyLoss) -> [Double] {
    let advantages = advantage([group.map { Table.rewards[$0] }])[0]
    let weights = loss.aggregation.weights(of: group.map { Table.texts[$0].count })
    var gradient = [Double](repeating: 0, count: 9)
    for (index, number) in group.enumerated() {
      let text = Table.texts[number]
      let written = logProbabilities(text)
      let part = loss(
        policy: written, old: written, advantage: advantages[index], weight: weights[index])
      for (slope, (token, row)) in zip(part.slopes, zip(text, Table.rows(text))) {
        for other in 0..<3 {
          gradient[3 * row + other] +=
            slope * ((other == token ? 1 : 0) - probability(other, row: row))
        }
      }
    }
    return gradient
  }

  /// The mean of that over all groups of `size` texts that the policy can write.
  func expectedLossGradient(
    size: Int, _ advantage: Advantage, _ loss: PolicyLoss
  ) -> [Double] {
    let groups = (0..<size).reduce([[Int]]([[]])) { groups, _ in
      groups.flatMap { group in Table.texts.indices.map { group + [$0] } }
    }
    return groups.reduce([Double](repeating: 0, count: 9)) { sum, group in
      let likelihood = group.reduce(1) { $0 * probability(Table.texts[$1]) }
      return zip(sum, lossGradient(group, advantage, loss)).map { $0 + likelihood * $1 }
    }
  }
}

@Suite struct PolicyGradientTests {
  private let table = Table(logits: [0.2, -0.4, 0.5, 1, 0, -1, -0.3, 0.1, 0.6])
  private let loss = PolicyLoss(aggregation: .constant(length: 1))

  /// The mean of a group holds the completion's own reward, so that of n it cancels an n-th of the
  /// gradient; the mean of the others does not.
  @Test(arguments: [2, 3, 4])
  func `the gradient is that of the expected reward`(_ size: Int) {
    let exact = table.exactGradient
    let own = 1 - 1 / Double(size)
    for (advantage, share) in [(Advantage.drGRPO, own), (.rloo, 1), (Advantage(.none), 1)] {
      let expected = table.expectedLossGradient(size: size, advantage, loss)
      for (e, x) in zip(expected, exact) { #expect(abs(e + share * x) < 1e-9) }
    }
    #expect(exact.contains { abs($0) > 0.05 })
  }

  /// What dividing by lengths and deviations costs: another direction.
  @Test func `means over the tokens of each text, or deviations, are biased`() {
    let exact = table.exactGradient
    let variants: [(Advantage, Aggregation)] = [
      (.rloo, .sequences), (.rloo, .tokens), (.grpo, .constant(length: 1)),
    ]
    for (advantage, aggregation) in variants {
      let expected = table.expectedLossGradient(
        size: 3, advantage, PolicyLoss(aggregation: aggregation))
      let scale =
        zip(expected, exact).reduce(0) { $0 + $1.0 * $1.1 }
        / exact.reduce(0) { $0 + $1 * $1 }
      #expect(zip(expected, exact).contains { abs($0 - scale * $1) > 1e-3 })
    }
  }
}
