import Kernels
import Tensors

/// The layer in which tokens look at each other: causal, grouped-query attention with rotary
/// positions (Vaswani et al. 2017, arXiv:1706.03762).
public struct Attention {
  public var query, key, value, output: Linear
  private let heads, keyValueHeads, headWidth: Int

  public init(_ configuration: Configuration, _ scope: Scope) {
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
    let queries = query(x).reshaped(to: [tokens, heads, headWidth])
      .rotated(by: rotary, positions: passage.positions)
    let keys = key(x).reshaped(to: [tokens, keyValueHeads, headWidth])
      .rotated(by: rotary, positions: passage.positions)
    let values = value(x).reshaped(to: [tokens, keyValueHeads, headWidth])
    let mixed =
      cache.map { $0.attend(queries: queries, keys: keys, values: values, pieces: pieces) }
      ?? queries.attended(keys: keys, values: values, lengths: passage.lengths)
    return output(mixed.reshaped(to: [tokens, heads * headWidth]))
  }
}
