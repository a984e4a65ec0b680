import Kernels
import Tensors

/// One layer of the decoder: look around, then think, each on a normalised copy and each added to
/// what was there (the **residual** connection).
public struct Block {
  public let attentionNorm: RMSNorm
  public var attention: Attention
  public let feedForwardNorm: RMSNorm
  public var feedForward: any FeedForwardLayer

  /// - Parameters:
  ///   - layer: the block's number, from 0.
  ///   - feedForward: makes that layer, in the block's scope.
  public init(
    _ configuration: Configuration, layer: Int, _ scope: Scope,
    feedForward: (Scope) -> any FeedForwardLayer
  ) {
    attentionNorm = RMSNorm(configuration, scope / "input_layernorm")
    attention = Attention(configuration, layer: layer, scope / "self_attn")
    feedForwardNorm = RMSNorm(configuration, scope / "post_attention_layernorm")
    self.feedForward = feedForward(scope)
  }

  /// `x` and the result are `[tokens, width]`.
  public func callAsFunction(
    _ x: Tensor, _ passage: Passage, rotary: RotaryTable, cache: AttentionCache? = nil,
    pieces: [AttentionCache.Piece] = []
  ) -> Tensor {
    let x =
      x
      + attention(attentionNorm(x), passage, rotary: rotary, cache: cache, pieces: pieces)
    return x + feedForward(feedForwardNorm(x), passage)
  }
}
