/// The choices that define a mixture of experts: how tokens find their experts, and what is made of
/// the experts' answers.
///
/// Every published router is a combination of these few choices:
///
/// | | score | order | renormalises | weighs |
/// |---|---|---|---|---|
/// | Switch (k = 1) | softmax | score, then select | no | output |
/// | Mixtral | softmax | select, then score | no | output |
/// | Qwen2-MoE, OLMoE | softmax | score, then select | no | output |
/// | DeepSeek-V3 | sigmoid | score, then select | yes, then a factor | output |
/// | Llama 4 | sigmoid | select, then score | no | input |
public struct MixtureConfiguration: Equatable, Sendable {
  /// How many experts a layer has.
  public var experts: Int

  /// How many of them each token is sent to: k.
  public var expertsPerToken: Int

  /// The inner size of an expert.
  public var expertWidth: Int

  /// What turns the router's logits into scores.
  public var score = Score.softmax

  /// Whether the experts are selected by their scores, or by their logits and scored then. With a
  /// softmax the former compares all experts, the latter the selected ones alone.
  public var order = Order.scoreThenSelect

  /// Whether the scores of the selected experts are divided by their sum.
  public var renormalizes = false

  /// A factor on all scores.
  public var scale: Float = 1

  /// What a score multiplies.
  public var weighs = Side.output

  /// Whether a bias, which balancing moves, is added to the scores for the selection, and for it
  /// alone (Wang et al. 2024, arXiv:2408.15664).
  public var hasSelectionBias = false

  /// An expert that every token visits besides.
  public var shared: SharedExpert?

  /// Which layers are mixtures: every `interval`-th, the last of each interval.
  public var interval = 1

  /// Layers that are dense all the same, counted from 0.
  public var denseLayers: Set<Int> = []

  /// Who selects.
  public var selection = Selection.topK

  /// The deviation of the normal noise that is added to the logits while training, so that a token
  /// comes to see other experts, too (Shazeer et al. 2017, arXiv:1701.06538, with a learned one).
  public var noise: Float = 0

  /// If set, an expert takes at most `⌈capacity · tokens · k / experts⌉` of a passage's tokens while
  /// training, and those beyond are dropped (Lepikhin et al. 2020, arXiv:2006.16668).
  public var capacity: Double?

  /// The seed of what is random while training, and of the routings that are controls.
  public var seed: UInt64 = 0

  public enum Score: String, Sendable, CaseIterable {
    case softmax, sigmoid
  }

  public enum Order: String, Sendable, CaseIterable {
    case scoreThenSelect, selectThenScore
  }

  public enum Side: String, Sendable, CaseIterable {
    case input, output
  }

  public enum Selection: String, Sendable, CaseIterable {
    /// Each token selects the experts with the best scores.
    case topK
    /// While training, each expert selects the tokens with the best scores (Zhou et al. 2022,
    /// arXiv:2202.09368). Whether a token is taken depends on later tokens, too, which a model that
    /// writes does not have yet: so outside of training each token selects.
    case expertChoice
    /// A control: experts are drawn at random.
    case random
    /// A control: a token's experts are a fixed function of the token (Roller et al. 2021,
    /// arXiv:2106.04426).
    case hash
  }

  public struct SharedExpert: Equatable, Sendable {
    /// Its inner size.
    public var width: Int

    /// Whether its answer is multiplied by a sigmoid gate of its own.
    public var isGated: Bool

    public init(width: Int, isGated: Bool = false) {
      self.width = width
      self.isGated = isGated
    }
  }

  public init(experts: Int, expertsPerToken: Int, expertWidth: Int) {
    self.experts = experts
    self.expertsPerToken = expertsPerToken
    self.expertWidth = expertWidth
  }

  /// Whether `layer`, counted from 0, is a mixture.
  public func isMixture(layer: Int) -> Bool {
    (layer + 1) % interval == 0 && !denseLayers.contains(layer)
  }

  /// Whether the layers have a router that learns.
  var hasRouter: Bool { selection == .topK || selection == .expertChoice }
}
