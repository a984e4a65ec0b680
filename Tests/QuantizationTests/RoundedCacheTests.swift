import Tensors
import Testing
import Transformer

@testable import Quantization

@Suite struct RoundedCacheTests {
  private let configuration = Configuration(
    vocabulary: 50, width: 64, layers: 2, heads: 4, keyValueHeads: 2, feedForwardWidth: 96,
    context: 64)

  @Test func `keys and values are rounded, and nothing else`() throws {
    let model = Transformer(configuration, seed: 3)
    let rounded = try model.roundingCache()
    let x = normal([6, 64], seed: 1)
    let (plain, ours) = (model.blocks[1].attention, rounded.blocks[1].attention)
    for (theirs, mine) in [(plain.key, ours.key), (plain.value, ours.value)] {
      let expected = try BlockMatrix(rounding: theirs(x), to: .q80).decoded()
      #expect(bits(mine(x).floats) == bits(expected.floats))
      #expect(bits(mine.projection.packed()(x).floats) == bits(expected.floats))
    }
    #expect(bits(ours.query(x).floats) == bits(plain.query(x).floats))
    #expect(bits(ours.output(x).floats) == bits(plain.output(x).floats))
    // What is no number stays none.
    #expect(ours.key(x.scaled(by: .nan)).floats.allSatisfy { $0.isNaN })
  }

  /// A token's keys are rounded once, whether it is read with others or alone.
  @Test func `a text is the same, read at once or token by token`() throws {
    let model = try Transformer(configuration, seed: 4).roundingCache()
    let tokens: [Int32] = [3, 1, 4, 1, 5, 9, 2, 6]
    let together = model(Passage(tokens, lengths: [8]))
    let cache = KeyValueCache(configuration, slots: 1, capacity: 16)
    var last = Tensor([0], [])
    for token in tokens { last = model(cache.passage([(0, [token])]), cache: cache) }
    #expect(bits(last.row(0)) == bits(together.row(7)))
  }

  @Test func `a token takes bytes by arithmetic`() throws {
    let model = Transformer(configuration, seed: 3)
    #expect(model.cacheBytesPerToken() == 2 * 2 * 32 * 4)
    #expect(model.cacheBytesPerToken(.q80) == 2 * 2 * 34)
    var narrow = configuration
    (narrow.heads, narrow.keyValueHeads, narrow.headWidth) = (4, 1, 16)
    let error = #expect(throws: QuantizationError.self) {
      try Transformer(narrow, seed: 1).roundingCache()
    }
    #expect(error?.problem == .width(16, .q80) && error?.name == "keys and values")
  }
}
