import Experts
import Transformer

/// How much each expert of a layer had to say.
public struct ExpertActivity: Equatable, Sendable {
  /// How many tokens each expert was given.
  public internal(set) var tokens: [Int]

  /// For each expert the sum, over the tokens it was given, of the norm of what it added to the
  /// layer's output: its weight times its answer.
  public internal(set) var contributions: [Double]

  /// The mean norm of what each expert adds for a token that it is given, zero for an expert that was
  /// given none: the saliency of REAP (Lasby et al. 2025, arXiv:2510.13999),
  /// `S_j = (1 / N_j) Σₜ gⱼ(t) ‖fⱼ(t)‖₂`.
  public var saliencies: [Double] {
    zip(contributions, tokens).map { $0 / Double(max(1, $1)) }
  }
}

/// Gathers the activity of all experts of a model, text by text.
struct ExpertRecorder {
  private struct Layer {
    let index: Int
    let mixture: MixtureOfExperts
    let norms: [OutputNorms]
    var activity: ExpertActivity
  }

  private var layers: [Layer] = []
  private var normsByName: [String: OutputNorms] = [:]

  init(_ model: Transformer) {
    for (index, block) in model.blocks.enumerated() {
      guard let mixture = block.feedForward as? MixtureOfExperts else { continue }
      let norms = mixture.experts.map { expert in
        let norms = OutputNorms()
        if let dense = expert.down.projection as? DenseProjection {
          normsByName[dense.linearName] = norms
        }
        return norms
      }
      let none = ExpertActivity(
        tokens: norms.map { _ in 0 }, contributions: norms.map { _ in 0 })
      layers.append(Layer(index: index, mixture: mixture, norms: norms, activity: none))
    }
  }

  /// Where to note the outputs of the layer called `name`, if it is the last of an expert.
  func norms(of name: String) -> OutputNorms? { normsByName[name] }

  /// By the number of the layer.
  var activities: [Int: ExpertActivity] {
    Dictionary(uniqueKeysWithValues: layers.map { ($0.index, $0.activity) })
  }

  /// Takes down what the experts did since the last call, which is one forward pass.
  ///
  /// An expert works on the pairs of token and slot that chose it in ascending order, so the rows of
  /// its output are matched with their weights by counting along.
  mutating func takeDown() {
    for place in layers.indices {
      let layer = layers[place]
      let norms = layer.norms.map { $0.take() }
      guard let routing = layer.mixture.ledger.latest else { continue }
      let weighsInput = layer.mixture.configuration.weighs == .input
      let weights = routing.weights.floats
      var next = norms.map { _ in 0 }
      for (pair, expert) in routing.served.enumerated() where expert >= 0 {
        let expert = Int(expert)
        let norm = norms[expert][next[expert]]
        next[expert] += 1
        layers[place].activity.tokens[expert] += 1
        layers[place].activity.contributions[expert] +=
          weighsInput ? norm : Double(abs(weights[pair])) * norm
      }
    }
  }
}
