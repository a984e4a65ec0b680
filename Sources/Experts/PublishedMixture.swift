import StrictJSON
import Transformer

extension [any Architecture] {
  /// The families of mixtures of experts: Mixtral, Qwen2-MoE, OLMoE and Llama 4.
  public static var mixtures: Self {
    [
      MixtralArchitecture(), Qwen2MixtureArchitecture(), OLMoEArchitecture(), Llama4Architecture(),
    ]
  }

  /// All families, dense or not:
  ///
  ///     let checkpoint = try Checkpoint(contentsOf: folder, among: .all)
  ///     try checkpoint.write(to: copy, among: .all)
  public static var all: Self { dense + mixtures }
}

extension HubConfiguration {
  /// The sizes of a mixture, under the names that the family gives them.
  func mixture(
    experts expertsKey: String, expertWidth widthKey: String
  ) throws(CheckpointError) -> MixtureConfiguration {
    let experts = try size(expertsKey, in: 1...1 << 16)
    let width = try size(widthKey, in: 1...1 << 24)
    // So that numbers of parameters can be computed without overflow, whatever the file claims.
    guard experts * width <= 1 << 26 else {
      throw error(expertsKey, "\(experts) experts of width \(width) are too many for one layer")
    }
    return MixtureConfiguration(
      experts: experts, expertsPerToken: try size("num_experts_per_tok", in: 1...experts),
      expertWidth: width)
  }

  /// The model that is described.
  ///
  /// Unlike a new mixture it need not be able to learn: one with a single expert per token whose
  /// weight is renormalised, and so always 1, computes what its file says, and if it is trained its
  /// router stays as it is.
  func blueprint(
    _ configuration: Configuration, _ mixture: MixtureConfiguration, names: MixtureNames,
    layersKey: String
  ) throws(CheckpointError) -> Blueprint {
    let layers = (0..<configuration.layers).filter(mixture.isMixture)
    guard !layers.isEmpty else {
      throw error(
        layersKey, "no layer is a mixture; a dense model is read as one of a dense family")
    }
    let perLayer = mixture.parameterCount(width: configuration.width)
    let dense = 3 * configuration.width * configuration.feedForwardWidth
    return Blueprint(configuration, surplus: layers.count * (perLayer - dense)) {
      Transformer(unchecked: $0, mixture: mixture, names: names, seed: nil)
    }
  }
}

extension MixtureConfiguration {
  /// How many parameters a layer has, for tokens of `width`.
  func parameterCount(width: Int) -> Int {
    let router = hasRouter ? experts * width : 0
    let bias = hasSelectionBias ? experts : 0
    let common = shared.map { 3 * width * $0.width + ($0.isGated ? width : 0) } ?? 0
    return 3 * width * experts * expertWidth + router + bias + common
  }
}

extension Transformer {
  /// The first of what a family demands of a mixture that this model does not do, nil if it does
  /// everything.
  func firstUnmet(
    names: MixtureNames, _ demands: (MixtureConfiguration) -> [(isMet: Bool, demand: String)]
  ) -> String? {
    guard let layer = blocks.firstIndex(where: { $0.feedForward is MixtureOfExperts }),
      let mixture = mixtures.first?.configuration
    else { return "it has mixtures of experts" }
    let known = Set(parameters.all.map(\.name))
    let scope = "model.layers.\(layer).\(names.layer)"
    let called: [(isMet: Bool, demand: String)] = [
      "\(scope).\(names.router).weight",
      "\(scope).\(names.experts).0.\(names.expert.gate).weight",
    ].map { (known.contains($0), "it has a \($0); make the model with the family's MixtureNames") }
    let common: [(isMet: Bool, demand: String)] = [
      (mixture.selection == .topK, "each token selects its experts"),
      (!mixture.hasSelectionBias, "its selection has no bias"),
      (mixture.scale == 1, "its scores have no factor"),
    ]
    return (common + demands(mixture) + called).first { !$0.isMet }?.demand
  }
}
