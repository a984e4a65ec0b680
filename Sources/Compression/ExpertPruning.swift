import Calibration
import Experts
import Tensors
import Transformer

/// Experts that add little are removed, and the router chooses among the others (REAP: Lasby et al.
/// 2025, arXiv:2510.13999).
///
/// Nothing is fitted anew: what an expert knew and no other does is lost. So there has to be redundancy
/// for this to be free. And where scores are a softmax over all experts that is not renormalised, those
/// of the experts that stay grow by the share of those that went.
public struct ExpertPruning: Equatable, Sendable {
  /// How many experts each layer keeps.
  public var experts: Int
  public var score: Score

  /// What an expert is kept for.
  public enum Score: String, Sendable, CaseIterable {
    /// `ExpertActivity.saliencies`: how much it adds for a token that it is given, as in REAP.
    case saliency
    /// How many tokens it is given: the simplest alternative.
    case frequency
    /// The reverse of the saliency: the control.
    case leastSalient
  }

  public init(keeping experts: Int, for score: Score = .saliency) {
    self.experts = experts
    self.score = score
  }

  /// A model with fewer experts, those with the highest scores in each layer.
  ///
  /// - Throws: `CompressionError` for a dense model, or for fewer experts than a token visits.
  public func callAsFunction(
    _ model: Transformer, _ calibration: Calibration
  ) throws(CompressionError) -> Transformer {
    var shape = try ModelShape(of: model)
    guard let mixture = shape.mixture else {
      throw CompressionError("the model has no experts; remove hidden units instead")
    }
    guard (mixture.expertsPerToken...mixture.experts).contains(experts) else {
      throw CompressionError(
        "a layer of \(mixture.experts) experts, of which each token visits "
          + "\(mixture.expertsPerToken), cannot keep \(experts); choose "
          + "\(mixture.expertsPerToken) to \(mixture.experts)")
    }
    let old = model.weights
    var weights = old
    let names = shape.names
    for (layer, activity) in calibration.experts {
      let scores = scores(activity)
      let kept = scores.indices.sorted { (scores[$1], $0) < (scores[$0], $1) }.prefix(experts)
        .sorted()
      let scope = "model.layers.\(layer).\(names.layer)"
      let router = "\(scope).\(names.router).weight"
      weights[router] = old[router]?.rows(at: kept)
      let bias = "\(scope).\(names.router).\(names.selectionBias)"
      weights[bias] = old[bias]?.elements(at: kept)
      for (place, expert) in kept.enumerated() {
        for matrix in [names.expert.gate, names.expert.up, names.expert.down] {
          weights["\(scope).\(names.experts).\(place).\(matrix).weight"] =
            old["\(scope).\(names.experts).\(expert).\(matrix).weight"]
        }
      }
    }
    shape.mixture?.experts = experts
    return try shape.make(weights)
  }

  private func scores(_ activity: ExpertActivity) -> [Double] {
    switch score {
    case .saliency: activity.saliencies
    case .frequency: activity.tokens.map(Double.init)
    case .leastSalient: activity.saliencies.map { -$0 }
    }
  }
}
