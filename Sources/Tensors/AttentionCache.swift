import Kernels

/// The keys and values of one attention layer for tokens that have been seen, so that the next
/// token costs one token's work and not that of the whole text again.
///
/// The keys and values of a token depend on what came before it and on nothing after; so once
/// computed, they stay. The cache has a number of slots, each for one sequence.
public final class AttentionCache {
  /// The most tokens a slot can hold.
  public let capacity: Int

  private let keyHeads, headWidth: Int

  /// For each slot its keys and values, packed: a token's keys and values are read by every token
  /// that follows, so that they are put in order once and not each time.
  private let storage: Storage

  public init(slots: Int, capacity: Int, keyHeads: Int, headWidth: Int) {
    self.capacity = capacity
    self.keyHeads = keyHeads
    self.headWidth = headWidth
    storage = Storage(
      count: slots
        * PackedKeysAndValues.floats(capacity: capacity, keyHeads: keyHeads, headWidth: headWidth))
  }

  /// The memory it takes, in bytes.
  public var bytes: Int { storage.count * MemoryLayout<Float>.stride }

  /// More tokens of one sequence.
  public struct Piece {
    /// Where the sequence is kept.
    public let slot: Int

    /// How many tokens of it the slot holds already.
    public let start: Int

    /// How many more come now.
    public let count: Int

    public init(slot: Int, start: Int, count: Int) {
      self.slot = slot
      self.start = start
      self.count = count
    }
  }

  /// Remembers the keys and values `[tokens, keyHeads, headWidth]` of the pieces' tokens, and
  /// answers their queries `[tokens, heads, headWidth]` from all that is remembered: the same bits
  /// as `attended(keys:values:lengths:)` gives for the whole sequences.
  public func attend(
    queries: Tensor, keys newKeys: Tensor, values newValues: Tensor, pieces: [Piece]
  ) -> Tensor {
    require(
      newKeys.shape == newValues.shape && newKeys.shape.rank == 3
        && newKeys.shape[1] == keyHeads && newKeys.shape[2] == headWidth
        && queries.shape[0] == newKeys.shape[0],
      "attend: keys \(newKeys.shape) and values \(newValues.shape) for queries \(queries.shape) do not fit a cache of [_, \(keyHeads), \(headWidth)]"
    )
    let y = Tensor(uninitialized: queries.shape)
    let row = keyHeads * headWidth
    let queryRow = queries.shape[1] * queries.shape[2]
    var firsts: [Int] = []
    var token = 0
    for piece in pieces {
      firsts.append(token)
      token += piece.count
    }
    require(
      token == queries.shape[0], "attend: the pieces have \(token) tokens, not \(queries.shape[0])")

    parallel(pieces.count) { index in
      let piece = pieces[index]
      let first = firsts[index]
      let packed = packed(in: piece.slot)
      packed.append(
        keys: newKeys.base + first * row, values: newValues.base + first * row,
        count: piece.count, at: piece.start)
      Kernels.attend(
        queries: queries.base + first * queryRow, packed: packed, into: y.base + first * queryRow,
        shape: AttentionShape(
          queries: piece.count, keys: piece.start + piece.count, heads: queries.shape[1],
          keyHeads: keyHeads, headWidth: headWidth))
    }
    return y
  }

  private func packed(in slot: Int) -> PackedKeysAndValues {
    let floats = PackedKeysAndValues.floats(
      capacity: capacity, keyHeads: keyHeads, headWidth: headWidth)
    return PackedKeysAndValues(
      storage.base + slot * floats, capacity: capacity, keyHeads: keyHeads, headWidth: headWidth)
  }
}
