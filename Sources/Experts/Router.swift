import Kernels
import Tensors
import Transformer

/// Decides for each token which experts see it, and how much each of them counts.
public struct Router {
  public let configuration: MixtureConfiguration

  /// `[experts, width]`; nil if the routing is a control that learns nothing.
  public let weight: Parameter?

  /// What is added to the scores for the selection, `[experts]`, if anything. No gradient reaches
  /// it; `BiasBalancing` moves it.
  public let selectionBias: Parameter?

  let layer: Int

  /// - Parameters:
  ///   - width: the size of a token's vector.
  ///   - layer: the number of the block, which keys what is random.
  ///   - scope: where the names begin, such as `model.layers.3.mlp.gate`.
  public init(
    _ configuration: MixtureConfiguration, width: Int, layer: Int, names: MixtureNames,
    _ scope: Scope
  ) {
    self.configuration = configuration
    self.layer = layer
    weight =
      configuration.hasRouter
      ? scope.weight(
        "weight", [configuration.experts, width], deviation: 1 / Float(width).squareRoot()) : nil
    selectionBias =
      configuration.hasSelectionBias
      ? scope.vector(names.selectionBias, configuration.experts, value: 0) : nil
  }

  /// Routes the tokens `x: [tokens, width]` of a passage.
  public func callAsFunction(_ x: Tensor, _ passage: Passage) -> Routing {
    guard let weight else { return fixedRouting(passage) }
    let logits = noisy(x.projected(by: weight.tensor), passage)
    if configuration.selection == .expertChoice && passage.training != nil {
      return expertChoice(logits)
    }
    let basis = configuration.order == .scoreThenSelect ? scored(logits) : logits
    let choices = top(basis)
    return Routing(
      logits: logits, score: configuration.score, experts: configuration.experts,
      slots: configuration.expertsPerToken, choices: choices,
      served: passage.training == nil ? choices : withinCapacity(choices),
      weights: weights(basis, choices))
  }

  /// The weights `[tokens, k]` of the chosen experts, from the scores or logits they were chosen by.
  /// All of the router's gradient comes from here: which experts are chosen is a matter of
  /// comparisons, and they have none.
  func weights(_ basis: Tensor, _ choices: [Int32]) -> Tensor {
    var weights = basis.picked(choices, count: configuration.expertsPerToken)
    if configuration.order == .selectThenScore { weights = scored(weights) }
    if configuration.renormalizes { weights = weights.renormalized() }
    return configuration.scale == 1 ? weights : weights.scaled(by: configuration.scale)
  }

  func scored(_ logits: Tensor) -> Tensor {
    switch configuration.score {
    case .softmax: logits.softmax()
    case .sigmoid: logits.sigmoid()
    }
  }

  /// For each row the k experts that score best, the best first.
  func top(_ scores: Tensor) -> [Int32] {
    let (rows, k) = (scores.shape[0], configuration.expertsPerToken)
    return [Int32](unsafeUninitializedCapacity: rows * k) { choices, count in
      scores.withFloats { scores in
        scores.withUnsafeBufferPointer { scores in
          let bias = selectionBias?.tensor.floats
          guard let base = choices.baseAddress, let scores = scores.baseAddress else { return }
          selectTop(
            k, of: scores, bias: bias, into: base, rows: rows, columns: configuration.experts)
        }
      }
      count = rows * k
    }
  }
}
