import Transformer

/// What the parts of a mixture are called in a checkpoint, below `model.layers.3`.
public struct MixtureNames: Equatable, Sendable {
  /// The feed-forward layer as a whole, dense or not.
  public var layer = "mlp"

  /// The router's matrix, `[experts, width]`.
  public var router = "gate"

  /// The bias of the selection, `[experts]`, beside the router's matrix.
  public var selectionBias = "e_score_correction_bias"

  /// The experts, each under its number.
  public var experts = "experts"

  /// The matrices of one expert.
  public var expert = FeedForward.Names()

  public var shared = "shared_expert"
  public var sharedGate = "shared_expert_gate"

  public init() {}

  /// Those of Qwen2-MoE and OLMoE, which are the default, too.
  public static let qwen2 = MixtureNames()

  public static let mixtral: MixtureNames = {
    var names = MixtureNames()
    names.layer = "block_sparse_moe"
    names.expert = FeedForward.Names(gate: "w1", up: "w3", down: "w2")
    return names
  }()

  /// Those of Llama 4, whose files hold all experts of a layer in two tensors; here they are under
  /// their numbers.
  public static let llama4: MixtureNames = {
    var names = MixtureNames()
    names.layer = "feed_forward"
    names.router = "router"
    return names
  }()
}
