import Kernels

/// What families of decoders do in attention besides the usual. As it stands, nothing: Llama 1 to 3,
/// Qwen 2 and Mixtral.
public struct AttentionChoices: Equatable, Sendable {
  /// Which coordinates of a head the rotary embedding turns together.
  public var pairing = RotaryPairing.halves

  /// How queries and keys are normalised, if they are.
  public var norm: QueryKeyNorm?

  /// The largest magnitude that queries, keys and values may have before the rotation; what exceeds
  /// it is cut.
  public var limit: Float?

  /// The layers, counted from 0, whose queries and keys are not turned (NoPE: Kazemnejad et al. 2023,
  /// arXiv:2305.19466). Their tokens see the whole sequence, and its order through other layers only.
  public var unrotatedLayers: Set<Int> = []

  /// If set, the sequence is cut into chunks of so many tokens, and in layers with rotation a token
  /// sees no further back than to the start of its own chunk (Llama 4).
  public var chunk: Int?

  /// How queries grow with their position in layers without rotation, if they do.
  public var temperature: AttentionTemperature?

  public init() {}

  /// The length of a chunk in `layer`, nil if its tokens see everything before them.
  public func chunk(inLayer layer: Int) -> Int? {
    unrotatedLayers.contains(layer) ? nil : chunk
  }
}

/// Where queries and keys are scaled to a root mean square of 1, which bounds the scores.
public enum QueryKeyNorm: String, Sendable, CaseIterable {
  /// All heads of a token together, with learned gains, before the rotation (OLMoE: Muennighoff et
  /// al. 2024, arXiv:2409.02060).
  case projections
  /// Each head by itself, without gains, after the rotation and only in layers that have one
  /// (Llama 4, where it is called an L2 norm although it divides by the mean).
  case heads
}

/// Queries that grow with the logarithm of their position, so that attention over a long sequence
/// stays as sharp as over a short one (Nakanishi 2025, arXiv:2501.19399; here as in Llama 4).
public struct AttentionTemperature: Equatable, Sendable {
  /// How fast they grow.
  public var strength: Double

  /// The number of tokens before which nothing changes, and the width of the steps after it.
  public var floor: Int

  public init(strength: Double = 0.1, floor: Int = 8192) {
    self.strength = strength
    self.floor = floor
  }

  /// The factor on the query at `position`: `1 + strength · ln(1 + ⌊(position + 1) / floor⌋)`.
  public func factor(position: Int) -> Float {
    Float(1 + strength * logarithm(Double(1 + (position + 1) / floor)))
  }
}
