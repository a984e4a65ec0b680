import Testing

@testable import Kernels

@Suite struct PackedKeysAndValuesTests {
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
    let pieces = onAnyThreads { input.attendRounded(inPiecesOf: step, capacity: shape.keys + 70) }
    #expect(bits(pieces) == bits(whole))
    #expect(bits(whole) != bits(input.attend()))
  }

  @Test func aRoundedCacheTakesLittleMoreThanAQuarter() {
    let floats = PackedKeysAndValues.floats(capacity: 640, keyHeads: 4, headWidth: 32)
    let bytes = RoundedKeysAndValues.bytes(capacity: 640, keyHeads: 4, headWidth: 32)
    #expect(bytes == floats + 640 * 4 * 2 * 4)
  }

  /// The panel that a token enters may still hold what another sequence left there.
  @Test func aSequenceMayTakeThePlaceOfALongerOne() {
    let longer = Sequence(AttentionShape(queries: 90, heads: 4, keyHeads: 2, headWidth: 24))
    let shorter = Sequence(
      AttentionShape(queries: 40, heads: 4, keyHeads: 2, headWidth: 24), seed: 9)
    var memory = longer.memory(capacity: 90)
    _ = longer.attend(inPiecesOf: 90, capacity: 90, &memory)
    let result = shorter.attend(inPiecesOf: 7, capacity: 90, &memory)
    #expect(bits(result) == bits(shorter.attend()))
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

  /// NaN throughout, so that nothing but what was packed can be without effect.
  func memory(capacity: Int) -> [Float] {
    [Float](
      repeating: .nan,
      count: PackedKeysAndValues.floats(
        capacity: capacity, keyHeads: shape.keyHeads, headWidth: shape.headWidth))
  }

  func attend(inPiecesOf step: Int, capacity: Int) -> [Float] {
    var memory = memory(capacity: capacity)
    return attend(inPiecesOf: step, capacity: capacity, &memory)
  }

  func attend(inPiecesOf step: Int, capacity: Int, _ memory: inout [Float]) -> [Float] {
    memory.withUnsafeMutableBufferPointer { memory in
      let packed = PackedKeysAndValues(
        memory.baseAddress!, capacity: capacity, keyHeads: shape.keyHeads,
        headWidth: shape.headWidth)
      return inPieces(of: step) {
        packed.append(keys: $0, values: $1, count: $2, at: $3)
      } attend: {
        Kernels.attend(queries: $0, packed: packed, into: $1, shape: $2)
      }
    }
  }

  /// Out of memory of bytes that stand for nothing.
  func attendRounded(inPiecesOf step: Int, capacity: Int) -> [Float] {
    let bytes = RoundedKeysAndValues.bytes(
      capacity: capacity, keyHeads: shape.keyHeads, headWidth: shape.headWidth)
    var memory = [Float](repeating: .nan, count: bytes / MemoryLayout<Float>.stride)
    return memory.withUnsafeMutableBytes { memory in
      let rounded = RoundedKeysAndValues(
        memory.baseAddress!, capacity: capacity, keyHeads: shape.keyHeads,
        headWidth: shape.headWidth)
      return inPieces(of: step) {
        rounded.append(keys: $0, values: $1, count: $2, at: $3)
      } attend: {
        Kernels.attend(queries: $0, rounded: rounded, into: $1, shape: $2)
      }
    }
  }

  private func inPieces(
    of step: Int, append: (_ keys: [Float], _ values: [Float], _ count: Int, _ start: Int) -> Void,
    attend: (_ queries: [Float], _ y: UnsafeMutablePointer<Float>, AttentionShape) -> Void
  ) -> [Float] {
    let (wide, narrow) = (shape.heads * shape.headWidth, shape.keyHeads * shape.headWidth)
    var y = [Float](repeating: .nan, count: queries.count)
    for start in stride(from: 0, to: shape.queries, by: step) {
      let tokens = start..<min(shape.queries, start + step)
      func rows(_ x: [Float], _ width: Int) -> [Float] {
        Array(x[tokens.lowerBound * width..<tokens.upperBound * width])
      }
      append(rows(keys, narrow), rows(values, narrow), tokens.count, start)
      y.withUnsafeMutableBufferPointer {
        attend(
          rows(queries, wide), $0.baseAddress! + start * wide,
          AttentionShape(
            queries: tokens.count, keys: tokens.upperBound, heads: shape.heads,
            keyHeads: shape.keyHeads, headWidth: shape.headWidth))
      }
    }
    return y
  }
}
