import Testing

@testable import Kernels

@Suite struct KeysAndValuesTests {
  /// Head widths below, at and above a lane and a panel, and not multiples of either; groups of one
  /// head and of several.
  static let shapes = [
    AttentionShape(queries: 150, heads: 1, headWidth: 1),
    AttentionShape(queries: 150, heads: 4, keyHeads: 2, headWidth: 10),
    AttentionShape(queries: 129, heads: 2, headWidth: 16),
    AttentionShape(queries: 150, heads: 6, keyHeads: 2, headWidth: 24),
    AttentionShape(queries: 200, heads: 8, headWidth: 32),
    AttentionShape(queries: 64, heads: 5, keyHeads: 1, headWidth: 40),
    AttentionShape(queries: 150, heads: 4, keyHeads: 2, headWidth: 80),
  ]

  /// Tokens may come one by one or many at a time, to panels that are empty or begun: each query
  /// has the bits it has in one pass over the whole sequence.
  @Test(arguments: shapes, [1, 5, 32, 33, 64, 100])
  func tokensInPiecesHaveTheBitsOfOnePass(_ shape: AttentionShape, _ step: Int) {
    let input = Sequence(shape)
    let whole = input.attend()
    let pieces = onAnyThreads { input.attend(inPiecesOf: step, capacity: shape.keys) }
    #expect(bits(pieces) == bits(whole))
    let roomy = input.attend(inPiecesOf: step, capacity: shape.keys + 70)
    #expect(bits(roomy) == bits(whole))
  }

  /// Rounded as they come, one by one or many at a time, and rounded beforehand: the same bits.
  @Test(arguments: shapes, [1, 33, 100])
  func aRoundedCacheHasTheBitsOfOnePassOverRoundedKeysAndValues(
    _ shape: AttentionShape, _ step: Int
  ) {
    let input = Sequence(shape)
    let whole = input.rounded().attend()
    let pieces = onAnyThreads {
      input.attend(inPiecesOf: step, capacity: shape.keys + 70, isRounded: true)
    }
    #expect(bits(pieces) == bits(whole))
    #expect(bits(whole) != bits(input.attend()))
  }

  @Test func aRoundedCacheTakesLittleMoreThanAQuarter() {
    let bytes = [false, true].map {
      KeysAndValues.bytes(capacity: 640, keyHeads: 4, headWidth: 32, isRounded: $0)
    }
    #expect(bytes[1] == bytes[0] / 4 + 640 * 4 * 2 * 4)
  }

  /// The panel that a token enters may still hold what another sequence left there.
  @Test(arguments: [false, true])
  func aSequenceMayTakeThePlaceOfALongerOne(_ isRounded: Bool) {
    let longer = Sequence(AttentionShape(queries: 90, heads: 4, keyHeads: 2, headWidth: 24))
    let shorter = Sequence(
      AttentionShape(queries: 40, heads: 4, keyHeads: 2, headWidth: 24), seed: 9)
    var memory = longer.memory(capacity: 90, isRounded: isRounded)
    _ = longer.attend(inPiecesOf: 90, capacity: 90, isRounded: isRounded, &memory)
    let result = shorter.attend(inPiecesOf: 7, capacity: 90, isRounded: isRounded, &memory)
    #expect(bits(result) == bits((isRounded ? shorter.rounded() : shorter).attend()))
  }
}

private struct Sequence {
  let shape: AttentionShape
  let queries, keys, values: [Float]

  init(_ shape: AttentionShape, seed: UInt64 = 1) {
    self.shape = shape
    let narrow = shape.keys * shape.keyHeads * shape.headWidth
    queries = normals(shape.queries * shape.heads * shape.headWidth, seed: seed)
    keys = normals(narrow, seed: seed + 1)
    values = normals(narrow, seed: seed + 2)
  }

  /// The same with keys and values as eight bits hold them.
  func rounded() -> Sequence {
    func rounded(_ x: [Float]) -> [Float] {
      var y = x
      roundToEightBits(x, into: &y, count: x.count / shape.headWidth, width: shape.headWidth)
      return y
    }
    return Sequence(
      shape: shape, queries: queries, keys: rounded(keys), values: rounded(values))
  }

  private init(shape: AttentionShape, queries: [Float], keys: [Float], values: [Float]) {
    self.shape = shape
    self.queries = queries
    self.keys = keys
    self.values = values
  }

  func attend() -> [Float] {
    var y = [Float](repeating: .nan, count: queries.count)
    Kernels.attend(
      queries: queries, keys: keys, values: values, into: &y, logSums: nil, shape: shape)
    return y
  }

  /// NaN throughout: whatever is read without having been written shows.
  func memory(capacity: Int, isRounded: Bool) -> [Float] {
    let bytes = KeysAndValues.bytes(
      capacity: capacity, keyHeads: shape.keyHeads, headWidth: shape.headWidth,
      isRounded: isRounded)
    return [Float](repeating: .nan, count: bytes / MemoryLayout<Float>.stride)
  }

  func attend(inPiecesOf step: Int, capacity: Int, isRounded: Bool = false) -> [Float] {
    var memory = memory(capacity: capacity, isRounded: isRounded)
    return attend(inPiecesOf: step, capacity: capacity, isRounded: isRounded, &memory)
  }

  func attend(
    inPiecesOf step: Int, capacity: Int, isRounded: Bool, _ memory: inout [Float]
  ) -> [Float] {
    memory.withUnsafeMutableBytes { memory in
      let cached = KeysAndValues(
        memory.baseAddress!, capacity: capacity, keyHeads: shape.keyHeads,
        headWidth: shape.headWidth, isRounded: isRounded)
      let (wide, narrow) = (shape.heads * shape.headWidth, shape.keyHeads * shape.headWidth)
      var y = [Float](repeating: .nan, count: queries.count)
      for start in stride(from: 0, to: shape.queries, by: step) {
        let tokens = start..<min(shape.queries, start + step)
        func rows(_ x: [Float], _ width: Int) -> [Float] {
          Array(x[tokens.lowerBound * width..<tokens.upperBound * width])
        }
        cached.append(
          keys: rows(keys, narrow), values: rows(values, narrow), count: tokens.count, at: start)
        y.withUnsafeMutableBufferPointer {
          Kernels.attend(
            queries: rows(queries, wide), cached: cached, into: $0.baseAddress! + start * wide,
            shape: AttentionShape(
              queries: tokens.count, keys: tokens.upperBound, heads: shape.heads,
              keyHeads: shape.keyHeads, headWidth: shape.headWidth))
        }
      }
      return y
    }
  }
}
