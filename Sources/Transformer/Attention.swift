import Kernels
import Tensors

/// The layer in which tokens look at each other: causal, grouped-query attention with rotary
/// positions (Vaswani et al. 2017, arXiv:1706.03762).
public struct Attention {
  public var query, key, value, output: Linear

  /// What normalises all queries, and all keys, of a token, if anything does.
  public let queryNorm, keyNorm: RMSNorm?

  private let heads, keyValueHeads, headWidth: Int
  private let choices: AttentionChoices
  private let isRotated: Bool
  private let epsilon: Float

  /// The length of a chunk; nil if tokens see everything before them.
  private let chunk: Int?

  /// Whether a token sees keys and values as eight bits hold them, out of a cache that is so rounded or
  /// without any.
  var roundsCache = false

  /// - Parameter layer: the number of the block, from 0.
  public init(_ configuration: Configuration, layer: Int, _ scope: Scope) {
    choices = configuration.attention
    isRotated = !choices.unrotatedLayers.contains(layer)
    chunk = choices.chunk(inLayer: layer)
    require(
      chunk.map { $0 > 0 } ?? true, "attention cannot be cut into chunks of \(chunk ?? 0) tokens")
    epsilon = configuration.epsilon
    heads = configuration.heads
    keyValueHeads = configuration.keyValueHeads
    headWidth = configuration.headWidth
    let width = configuration.width
    let bias = configuration.hasQueryKeyValueBias
    query = Linear(width, heads * headWidth, bias: bias, scope / "q_proj")
    key = Linear(width, keyValueHeads * headWidth, bias: bias, scope / "k_proj")
    value = Linear(width, keyValueHeads * headWidth, bias: bias, scope / "v_proj")
    output = Linear(
      heads * headWidth, width,
      deviation: configuration.residualDeviation(inputs: heads * headWidth),
      scope / "o_proj")
    let isNormed = choices.norm == .projections
    queryNorm =
      isNormed ? RMSNorm(configuration, width: heads * headWidth, scope / "q_norm") : nil
    keyNorm =
      isNormed ? RMSNorm(configuration, width: keyValueHeads * headWidth, scope / "k_norm") : nil
  }

  /// `x` and the result are `[tokens, width]`.
  ///
  /// - Parameters:
  ///   - passage: which sequences the tokens belong to, and where in them they stand.
  ///   - cache: the keys and values of earlier tokens, if there may be any.
  ///   - pieces: what the passage adds to the cache.
  public func callAsFunction(
    _ x: Tensor, _ passage: Passage, rotary: RotaryTable, cache: AttentionCache? = nil,
    pieces: [AttentionCache.Piece] = []
  ) -> Tensor {
    let tokens = x.shape[0]
    let queries = tempered(placed(query(x), queryNorm, heads, passage, rotary), passage)
    let keys = placed(key(x), keyNorm, keyValueHeads, passage, rotary)
    let values = limited(value(x)).reshaped(to: [tokens, keyValueHeads, headWidth])
    require(
      cache.map { $0.isRounded == roundsCache } ?? true,
      "attention and its cache do not agree whether keys and values are rounded")
    let mixed =
      cache.map {
        $0.attend(queries: queries, keys: keys, values: values, pieces: pieces, chunk: chunk)
      }
      ?? queries.attended(
        keys: roundsCache ? keys.roundedToEightBits() : keys,
        values: roundsCache ? values.roundedToEightBits() : values,
        lengths: passage.lengths(cutEvery: chunk))
    return output(mixed.reshaped(to: [tokens, heads * headWidth]))
  }

  /// Queries or keys `[tokens, heads · headWidth]` as `[tokens, heads, headWidth]`, each turned to
  /// its place, and normalised where the family does so.
  private func placed(
    _ x: Tensor, _ norm: RMSNorm?, _ heads: Int, _ passage: Passage, _ rotary: RotaryTable
  ) -> Tensor {
    let x = limited(norm.map { $0(x) } ?? x).reshaped(to: [x.shape[0], heads, headWidth])
    guard isRotated else { return x }
    let turned = x.rotated(by: rotary, positions: passage.positions, pairing: choices.pairing)
    return choices.norm == .heads ? turned.normalized(epsilon: epsilon) : turned
  }

  private func limited(_ x: Tensor) -> Tensor {
    choices.limit.map { x.clamped(to: $0) } ?? x
  }

  /// The queries, the larger the further into the sequence they stand.
  private func tempered(_ queries: Tensor, _ passage: Passage) -> Tensor {
    guard !isRotated, let temperature = choices.temperature else { return queries }
    let factors = passage.positions.flatMap { position in
      repeatElement(temperature.factor(position: Int(position)), count: heads)
    }
    return queries.scaled(rowsBy: Tensor([factors.count, 1], factors))
  }
}
