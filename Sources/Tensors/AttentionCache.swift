import Kernels

/// The keys and values of one attention layer for tokens that have been seen, so that the next
/// token costs one token's work and not that of the whole text again.
///
/// The keys and values of a token depend on what came before it and on nothing after; so once
/// computed, they stay. The cache has a number of slots, each for one sequence.
public final class AttentionCache {
  /// The most tokens a slot can hold.
  public let capacity: Int

  /// Whether it holds eight bits for each number, and a scale for each key and each value of a head.
  public let isRounded: Bool

  private let keyHeads, headWidth: Int

  /// For each slot its keys and values, packed: a token's keys and values are read by every token
  /// that follows, so that they are put in order once and not each time.
  private let storage: Storage

  /// How many floats' memory a slot takes.
  private let slotFloats: Int

  public init(
    slots: Int, capacity: Int, keyHeads: Int, headWidth: Int, isRounded: Bool = false
  ) {
    self.capacity = capacity
    self.keyHeads = keyHeads
    self.headWidth = headWidth
    self.isRounded = isRounded
    slotFloats =
      KeysAndValues.bytes(
        capacity: capacity, keyHeads: keyHeads, headWidth: headWidth, isRounded: isRounded)
      / MemoryLayout<Float>.stride
    storage = Storage(count: slots * slotFloats)
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
  /// as `attended(keys:values:lengths:)` gives for the whole sequences, whose keys and values are
  /// `roundedToEightBits()` if the cache is.
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
    let heads = queries.shape[1]
    let queryRow = heads * queries.shape[2]
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
      let remembered = KeysAndValues(
        storage.base + piece.slot * slotFloats, capacity: capacity, keyHeads: keyHeads,
        headWidth: headWidth, isRounded: isRounded)
      remembered.append(
        keys: newKeys.base + first * row, values: newValues.base + first * row, count: piece.count,
        at: piece.start)
      Kernels.attend(
        queries: queries.base + first * queryRow, cached: remembered,
        into: y.base + first * queryRow,
        shape: AttentionShape(
          queries: piece.count, keys: piece.start + piece.count, heads: heads, keyHeads: keyHeads,
          headWidth: headWidth))
    }
    return y
  }
}
