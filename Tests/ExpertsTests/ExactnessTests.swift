import Kernels
import Tensors
import Testing
import Transformer

@testable import Experts

/// What makes a sampler and a trainer agree holds for mixtures, too: a token is sent to the same
/// experts, and gets the same bits from them, in any company.
@Suite struct ExactnessTests {
  @Test(arguments: Sample.all)
  func `decoding token by token has the bits of one pass`(_ mixture: MixtureConfiguration) {
    let model = Sample.model(mixture)
    let tokens = Sample.tokens(60)
    let whole = model(Passage(tokens, lengths: [tokens.count]))
    #expect(whole.floats.allSatisfy { $0.isFinite })
    for packed in [model, model.packed()] {
      let cache = KeyValueCache(Sample.decoder, slots: 1, capacity: 160)
      for (position, token) in tokens.enumerated() {
        let logits = packed(cache.passage([(0, [token])]), cache: cache)
        #expect(logits.row(0) == whole.row(position), "position \(position)")
      }
    }
  }

  @Test(arguments: Sample.all, [[150], [1, 149], [64, 2, 84]])
  func `a prompt in any pieces has the bits of one pass`(
    _ mixture: MixtureConfiguration, _ pieces: [Int]
  ) {
    let model = Sample.model(mixture)
    let tokens = Sample.tokens(150)
    let whole = model(Passage(tokens, lengths: [150]))
    let cache = KeyValueCache(Sample.decoder, slots: 3, capacity: 150)
    var start = 0
    for length in pieces {
      let part = Array(tokens[start..<start + length])
      let logits = model.packed()(cache.passage([(2, part)]), cache: cache)
      for row in 0..<length { #expect(logits.row(row) == whole.row(start + row)) }
      start += length
    }
  }

  @Test(arguments: Sample.all)
  func `a sequence alone has the bits it has among others`(_ mixture: MixtureConfiguration) {
    let model = Sample.model(mixture)
    let lengths = [17, 1, 90, 17, 3]
    let texts = lengths.enumerated().map { Sample.tokens($1, seed: UInt64($0)) }
    let together = model(Passage(texts.flatMap { $0 }, lengths: lengths))
    var start = 0
    for (text, length) in zip(texts, lengths) {
      let alone = model(Passage(text, lengths: [length]))
      for row in 0..<length { #expect(alone.row(row) == together.row(start + row)) }
      start += length
    }
  }

  @Test(arguments: Sample.all, [false, true])
  func `one thread or several, the same gradients`(
    _ mixture: MixtureConfiguration, _ training: Bool
  ) {
    func gradients(threads: Int) -> [Float] {
      Parallel.$threads.withValue(threads) {
        let model = Sample.model(mixture)
        let tokens = Sample.tokens(160)
        var passage = Passage(tokens, lengths: [64, 96])
        if training { passage.training = Passage.Training(step: 3) }
        let loss = valueAndGradient { model(passage).crossEntropy(tokens.reversed()) }
        return [loss] + model.parameters.all.flatMap { $0.gradient.floats }
      }
    }
    let one = gradients(threads: 1)
    #expect(gradients(threads: 2) == one && gradients(threads: 3) == one)
    #expect(one.allSatisfy { $0.isFinite } && one.contains { $0 != 0 })
  }

  /// Several threads write with one model: 64 sequences apart, a few together.
  @Test(arguments: Sample.all, [10, 64])
  func `what is written does not depend on the threads`(
    _ mixture: MixtureConfiguration, _ batch: Int
  ) {
    let model = Sample.model(mixture)
    let prompts = (0..<70).map { Sample.tokens(1 + $0 % 7, seed: UInt64($0)) }
    func texts(threads: Int) -> [Completion] {
      Parallel.$threads.withValue(threads) {
        Writer(model, seed: 4, limit: 12, batch: batch)(prompts)
      }
    }
    let one = texts(threads: 1)
    #expect(texts(threads: 2) == one && texts(threads: 3) == one)
  }

  @Test(arguments: Sample.learned)
  func `sequences in several passes add up to the gradient of one`(
    _ mixture: MixtureConfiguration
  ) {
    func gradients(_ batches: [[Int]]) -> [[Float]] {
      let model = Sample.model(mixture)
      for numbers in batches {
        let texts = numbers.map { Sample.tokens(20 + $0, seed: UInt64($0)) }
        let tokens = texts.flatMap { $0 }
        valueAndGradient {
          model(Passage(tokens, lengths: texts.map(\.count))).surprisals(tokens).sum()
        }
      }
      return model.parameters.all.map { $0.gradient.floats }
    }
    #expect(gradients([[0, 1, 2, 3]]) == gradients([[0], [1, 2], [3]]))
  }
}
