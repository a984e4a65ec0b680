import Tensors

/// The attention caches of all layers, and how far each sequence has got. Where a layer attends
/// within chunks, its cache holds the last chunk alone.
public final class KeyValueCache {
  /// The most tokens a slot can hold.
  public let capacity: Int

  let layers: [AttentionCache]

  /// How many tokens each slot holds.
  public private(set) var lengths: [Int]

  /// The pieces of the passage that is being computed.
  private(set) var pieces: [AttentionCache.Piece] = []

  /// - Parameter isRounded: whether keys and values are kept in eight bits, for a model that
  ///   `roundsCache`.
  public init(
    _ configuration: Configuration, slots: Int, capacity: Int, isRounded: Bool = false
  ) {
    self.capacity = capacity
    lengths = Array(repeating: 0, count: slots)
    layers = (0..<configuration.layers).map { layer in
      AttentionCache(
        slots: slots,
        capacity: min(capacity, configuration.attention.chunk(inLayer: layer) ?? capacity),
        keyHeads: configuration.keyValueHeads, headWidth: configuration.headWidth,
        isRounded: isRounded)
    }
  }

  /// The memory it takes, in bytes.
  public var bytes: Int { layers.reduce(0) { $0 + $1.bytes } }

  /// Empties a slot for another sequence.
  public func clear(_ slot: Int) { lengths[slot] = 0 }

  /// More tokens for some slots, as a passage to give to the model with this cache.
  public func passage(_ additions: [(slot: Int, tokens: [Int32])]) -> Passage {
    for (slot, tokens) in additions {
      require(
        lengths[slot] + tokens.count <= capacity,
        "slot \(slot) holds \(lengths[slot]) of \(capacity) tokens; \(tokens.count) more do not fit"
      )
    }
    pieces = additions.map {
      AttentionCache.Piece(slot: $0.slot, start: lengths[$0.slot], count: $0.tokens.count)
    }
    return Passage(
      additions.flatMap(\.tokens), lengths: pieces.map(\.count), starts: pieces.map(\.start))
  }

  /// Takes note that every layer has seen the passage.
  func advance() {
    for piece in pieces { lengths[piece.slot] += piece.count }
  }
}
