import Kernels

/// The sizes and choices that define a decoder: everything about it but its weights.
///
/// The names on the left are ours, in words; a checkpoint's `config.json` uses those of Hugging
/// Face, which an `Architecture` translates.
public struct Configuration: Equatable, Sendable {
  /// Which published family's projections this decoder has.
  public var family = Family.llama

  /// How many different tokens there are.
  public var vocabulary: Int

  /// The size of the vector that stands for a token on its way through the layers.
  public var width: Int

  public var layers: Int

  /// How many query heads attention has.
  public var heads: Int

  /// How many key and value heads they share: grouped-query attention (Ainslie et al. 2023,
  /// arXiv:2305.13245). `heads` must be a multiple.
  public var keyValueHeads: Int

  /// The size of a head's queries, keys and values.
  public var headWidth: Int

  /// The inner size of the feed-forward layers.
  public var feedForwardWidth: Int

  /// The longest sequence the model is meant for.
  public var context: Int

  /// ε of every RMSNorm.
  public var epsilon: Float = 1e-5

  /// θ of the rotary embedding: the slowest pair turns once in about 2πθ tokens.
  public var rotaryBase = 10_000.0

  /// How the rotary frequencies are stretched for longer contexts, if they are.
  public var rotaryScaling: RotaryScaling?

  /// What attention does besides the usual.
  public var attention = AttentionChoices()

  /// Whether the output head is the embedding table, read the other way.
  public var tiesEmbeddings = true

  /// A published family of dense decoders; those of mixtures follow one of them here.
  public enum Family: String, Sendable, CaseIterable {
    /// Llama 1 to 3: no biases.
    case llama
    /// Qwen 2 and 2.5: queries, keys and values have a bias.
    case qwen2
  }

  public init(
    family: Family = .llama, vocabulary: Int, width: Int, layers: Int, heads: Int,
    keyValueHeads: Int? = nil, headWidth: Int? = nil, feedForwardWidth: Int? = nil, context: Int
  ) {
    self.family = family
    self.vocabulary = vocabulary
    self.width = width
    self.layers = layers
    self.heads = heads
    self.keyValueHeads = keyValueHeads ?? heads
    self.headWidth = headWidth ?? width / max(1, heads)
    self.feedForwardWidth = feedForwardWidth ?? Self.feedForwardWidth(of: width)
    self.context = context
  }

  /// The inner size with which three matrices have as many weights as two of four times the `width`
  /// would, rounded down to a multiple of eight (Shazeer 2020, arXiv:2002.05202).
  public static func feedForwardWidth(of width: Int) -> Int { width * 8 / 3 / 8 * 8 }

  /// Whether the projections to queries, keys and values have a bias.
  public var hasQueryKeyValueBias: Bool { family == .qwen2 }

  /// The inverse frequencies of the rotary embedding, one for each pair of a head's coordinates.
  public var rotaryFrequencies: [Double] {
    let plain = Kernels.rotaryFrequencies(headWidth: headWidth, base: rotaryBase)
    return rotaryScaling.map { $0.stretched(plain) } ?? plain
  }

  /// How many numbers the model learns.
  public var parameterCount: Int {
    let (queries, shared) = (heads * headWidth, keyValueHeads * headWidth)
    let projections =
      width * (2 * queries + 2 * shared) + (hasQueryKeyValueBias ? queries + 2 * shared : 0)
      + (attention.norm == .projections ? queries + shared : 0)
    let layer = projections + 3 * width * feedForwardWidth + 2 * width
    return layers * layer + width + vocabulary * width * (tiesEmbeddings ? 1 : 2)
  }

  /// The floating-point operations of one forward pass for one token at `position`: two for each
  /// weight it is multiplied with, and, for attention, four for each coordinate of each visible key.
  public func forwardOperations(position: Int) -> Int {
    let weights =
      layers
      * (width * headWidth * (2 * heads + 2 * keyValueHeads) + 3 * width * feedForwardWidth)
      + vocabulary * width
    let visible = (0..<layers).reduce(0) { keys, layer in
      keys + (attention.chunk(inLayer: layer).map { position % $0 } ?? position) + 1
    }
    return 2 * weights + 4 * heads * headWidth * visible
  }

  /// The deviation of new weights whose output is added to the residual stream: smaller than
  /// others, so that the sum over all layers starts at the size of one (Radford et al. 2019, GPT-2).
  func residualDeviation(inputs: Int) -> Float {
    1 / Float(inputs * 2 * max(1, layers)).squareRoot()
  }
}
