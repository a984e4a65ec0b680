import Kernels
import Tensors
import Testing
import Transformer

@testable import Reinforcement

@Suite struct RolloutTests {
  private let model = Class.model()
  private let prompts = Class.exercises.map { Class.tokenizer.encode($0.prompt) }

  private func write(seed: UInt64 = 1, atOnce: Int = 64, limit: Int = 20) -> [[Rollout]] {
    var recipe = RolloutRecipe(limit: limit)
    recipe.atOnce = atOnce
    return recipe.write(
      model, Class.tokenizer, prompts: prompts, count: 6, ends: [Class.end], seed: seed)
  }

  /// What many frameworks correct for does not arise.
  @Test(arguments: [1, 2], [1, 5, 64])
  func `what is read has the probability with which it was written, to the bit`(
    _ threads: Int, _ atOnce: Int
  ) {
    Parallel.$threads.withValue(threads) {
      let rollouts = write(atOnce: atOnce).flatMap(\.self)
      #expect(Set(rollouts.map(\.tokens.count)).count > 1)
      let read = Reading(rollouts, by: model).surprisals.floats.map { -$0 }
      #expect(read == rollouts.flatMap(\.logProbabilities))
      // In other company, too.
      let some = Reading(rollouts[7..<11], by: model).surprisals.floats.map { -$0 }
      #expect(some == rollouts[7..<11].flatMap(\.logProbabilities))
    }
  }

  @Test func `a group belongs to its prompt, and differs with the seed alone`() {
    let groups = write()
    #expect(groups.count == 8 && groups.allSatisfy { $0.count == 6 })
    for (prompt, group) in zip(prompts, groups) {
      #expect(group.allSatisfy { $0.prompt == prompt })
      #expect(Set(group.map(\.tokens)).count == 6)
    }
    #expect(write(atOnce: 3) == groups)
    #expect(write(seed: 2) != groups)
  }

  @Test func `the token that ends a text is learned and not read aloud`() {
    let rollouts = write(limit: 30).flatMap(\.self)
    #expect(rollouts.contains { $0.isTruncated } && rollouts.contains { !$0.isTruncated })
    for rollout in rollouts {
      #expect((rollout.tokens.last == Class.end) == !rollout.isTruncated)
      #expect(!rollout.text.contains("<|end|>"))
      #expect(rollout.tokens.count == rollout.logProbabilities.count)
    }
  }

  @Test func `entropy is that of the distributions, not of the draws`() {
    let rollouts = write().flatMap(\.self)
    let total = Reading(rollouts, by: model).entropy
    var expected = 0.0
    for rollout in rollouts {
      let inputs = Array((rollout.prompt + rollout.tokens).dropLast())
      let probabilities = model(Passage(inputs, lengths: [inputs.count])).softmax()
      for row in rollout.prompt.count - 1..<inputs.count {
        for p in probabilities.row(row) where p > 0 {
          expected -= Double(p) * logarithm(Double(p))
        }
      }
    }
    #expect(abs(total - expected) < 1e-4 * expected)
  }
}
