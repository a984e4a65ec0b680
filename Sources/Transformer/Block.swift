import Kernels
import Tensors

/// One layer of the decoder: look around, then think, each on a normalised copy and each added to
/// what was there (the **residual** connection).
public struct Block {
  public let attentionNorm: RMSNorm
  public var attention: Attention
  public let feedForwardNorm: RMSNorm
  public var feedForward: FeedForward

  public init(_ configuration: Configuration, _ scope: Scope) {
    attentionNorm = RMSNorm(configuration, scope / "input_layernorm")
    attention = Attention(configuration, scope / "self_attn")
    feedForwardNorm = RMSNorm(configuration, scope / "post_attention_layernorm")
    feedForward = FeedForward(configuration, scope / "mlp")
  }

  /// `x` and the result are `[tokens, width]`.
  public func callAsFunction(
    _ x: Tensor, _ passage: Passage, rotary: RotaryTable, cache: AttentionCache? = nil,
    pieces: [AttentionCache.Piece] = []
  ) -> Tensor {
    let x =
      x
      + attention(attentionNorm(x), passage, rotary: rotary, cache: cache, pieces: pieces)
    return x + feedForward(feedForwardNorm(x))
  }
}
