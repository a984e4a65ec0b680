import Kernels
import Tensors

/// A decoder language model: tokens in, for each of them the logits of the token that follows.
///
///     let model = Transformer(configuration, seed: 1)
///     let logits = model(Passage([3, 1, 4], lengths: [3]))      // [3, vocabulary]
public struct Transformer {
  public let configuration: Configuration
  public let parameters: Parameters
  public let embedding: Parameter
  public var blocks: [Block]
  public let norm: RMSNorm

  /// The output head; nil if it is the embedding table.
  public var head: Linear?

  /// The embedding table as a head, packed for generation.
  var tiedHead: PackedWeight?

  private let rotary: GrowingRotaryTable

  /// A model with random weights, which depend on the seed and on each weight's name only; without a
  /// seed all are zero, to be read from a checkpoint.
  ///
  /// - Parameter feedForward: makes the feed-forward layer of each block, given the block's number
  ///   and the scope of its names, such as `model.layers.3`.
  public init(
    _ configuration: Configuration, seed: UInt64?,
    feedForward: (_ layer: Int, _ scope: Scope) -> any FeedForwardLayer
  ) {
    self.configuration = configuration
    parameters = Parameters()
    let root = Scope(parameters, seed: seed)
    let scope = root / "model"
    embedding = (scope / "embed_tokens")
      .weight("weight", [configuration.vocabulary, configuration.width], deviation: 0.06)
    blocks = (0..<configuration.layers).map { layer in
      Block(configuration, layer: layer, scope / "layers" / layer) { feedForward(layer, $0) }
    }
    norm = RMSNorm(configuration, scope / "norm")
    head =
      configuration.tiesEmbeddings
      ? nil : Linear(configuration.width, configuration.vocabulary, root / "lm_head")
    rotary = GrowingRotaryTable(configuration)
  }

  /// A dense model.
  public init(_ configuration: Configuration, seed: UInt64?) {
    self.init(configuration, seed: seed) { _, scope in FeedForward(configuration, scope / "mlp") }
  }

  /// Whether keys and values are rounded to eight bits, each head's with a scale of its own. A cache for
  /// the model is then to be so rounded, too, and takes little more than a quarter of the memory; without
  /// one, what is computed is the same, to the bit. Such a model cannot learn.
  public var roundsCache: Bool {
    get { blocks.contains { $0.attention.roundsCache } }
    set { for index in blocks.indices { blocks[index].attention.roundsCache = newValue } }
  }

  /// The logits `[tokens, vocabulary]` of what follows each token.
  public func callAsFunction(_ passage: Passage, cache: KeyValueCache? = nil) -> Tensor {
    Passage.$beingLearned.withValue(passage.training == nil ? nil : passage) {
      logits(of: hidden(passage, cache: cache))
    }
  }

  /// The vectors `[tokens, width]` that the last layer leaves for each token, normalised.
  public func hidden(_ passage: Passage, cache: KeyValueCache? = nil) -> Tensor {
    Passage.$beingLearned.withValue(passage.training == nil ? nil : passage) {
      var x = embedding.tensor.rows(passage.tokens)
      let rotary = rotary.covering(passage.positions)
      for (index, block) in blocks.enumerated() {
        x = block(
          x, passage, rotary: rotary, cache: cache?.layers[index], pieces: cache?.pieces ?? [])
      }
      cache?.advance()
      return norm(x)
    }
  }

  /// The logits `[tokens, vocabulary]` for hidden vectors `[tokens, width]`.
  public func logits(of hidden: Tensor) -> Tensor {
    if let head { return head(hidden) }
    return tiedHead?.project(hidden) ?? hidden.projected(by: embedding.tensorForSecondUse)
  }
}
