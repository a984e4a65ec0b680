import Kernels
import Tensors
import Testing

@testable import Transformer

/// The promises that make a sampler and a trainer agree: the same token in the same context has the
/// same bits, however it got there.
@Suite struct ExactnessTests {
  static let configurations = [
    Sample.llama, Sample.qwen, Sample.normedProjections, Sample.chunked,
  ]

  @Test(arguments: configurations, [false, true])
  func `decoding token by token has the bits of one pass`(
    _ configuration: Configuration, _ roundsCache: Bool
  ) {
    var model = Sample.model(configuration)
    model.roundsCache = roundsCache
    let tokens = Sample.tokens(150)
    let whole = model(Passage(tokens, lengths: [tokens.count]))
    for packed in [model, model.packed()] {
      let cache = KeyValueCache(
        configuration, slots: 1, capacity: 160, isRounded: roundsCache)
      for (position, token) in tokens.enumerated() {
        let logits = packed(cache.passage([(0, [token])]), cache: cache)
        #expect(logits.row(0) == whole.row(position), "position \(position)")
      }
    }
  }

  @Test(arguments: configurations, [[150], [1, 149], [64, 64, 22], [63, 2, 85]])
  func `a prompt in any pieces has the bits of one pass`(
    _ configuration: Configuration, _ pieces: [Int]
  ) {
    let model = Sample.model(configuration)
    let tokens = Sample.tokens(150)
    let whole = model(Passage(tokens, lengths: [150]))
    let cache = KeyValueCache(configuration, slots: 3, capacity: 150)
    var start = 0
    for length in pieces {
      let part = Array(tokens[start..<start + length])
      let logits = model.packed()(cache.passage([(2, part)]), cache: cache)
      for row in 0..<length { #expect(logits.row(row) == whole.row(start + row)) }
      start += length
    }
  }

  @Test(arguments: configurations)
  func `a sequence alone has the bits it has among others`(_ configuration: Configuration) {
    let model = Sample.model(configuration)
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

  @Test(arguments: configurations)
  func `one thread or two, the same gradients`(_ configuration: Configuration) {
    func gradients(threads: Int) -> [Float] {
      Parallel.$threads.withValue(threads) {
        let model = Sample.model(configuration)
        let tokens = Sample.tokens(96)
        let loss = valueAndGradient {
          model(Passage(tokens, lengths: [32, 64])).crossEntropy(tokens.reversed())
        }
        return [loss] + model.parameters.all.flatMap { $0.gradient.floats }
      }
    }
    let one = gradients(threads: 1)
    #expect(gradients(threads: 2) == one)
    #expect(one.allSatisfy(\.isFinite) && one.contains { $0 != 0 })
  }
}
