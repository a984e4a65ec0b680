import Calibration
import Experts
import Transformer

@testable import Compression

/// A model of each kind that compression makes.
enum Artefact: String, CaseIterable, CustomStringConvertible {
  case dense, narrow, narrowAlike, biased, fewerHeads, fewerExperts, shallow, factored, sparse,
    composed

  var description: String { rawValue }

  /// Whether it is one of a published family.
  var isOrdinary: Bool {
    [.dense, .narrowAlike, .fewerHeads, .fewerExperts, .shallow].contains(self)
  }

  func checkpoint() throws -> CompressedCheckpoint {
    var configuration = Sample.configuration
    configuration.tiesEmbeddings = self != .factored
    configuration.family = self == .composed ? .qwen2 : .llama
    let model = Sample.model(configuration)
    let calibration = try Calibration(of: model, on: Sample.texts)
    func made(_ model: Transformer, _ masks: SparsityMasks = SparsityMasks())
      -> CompressedCheckpoint
    { CompressedCheckpoint(model, masks: masks, beginning: 1, ends: [2, 3]) }
    switch self {
    case .dense: return made(model)
    case .narrow:
      return made(
        try ActivationPruning(.contribution, .threshold(0.9), repair: .leastSquares)(
          model, calibration))
    case .narrowAlike:
      return made(
        try ActivationPruning(.contribution, .width(30), repair: .leastSquares)(
          model, calibration))
    case .biased:
      return made(
        try ActivationPruning(.variation, .threshold(0.9), repair: .leastSquaresWithBias)(
          model, calibration))
    case .fewerHeads: return made(try HeadPruning(keeping: 1)(model, calibration))
    case .fewerExperts:
      var mixture = MixtureConfiguration(experts: 4, expertsPerToken: 2, expertWidth: 24)
      mixture.order = .selectThenScore
      configuration.feedForwardWidth = 24
      let model = try Transformer(configuration, mixture: mixture, names: .mixtral, seed: 1)
      return made(
        try ExpertPruning(keeping: 3)(model, try Calibration(of: model, on: Sample.texts)))
    case .shallow: return made(try model.removingBlocks([1]))
    case .factored:
      return made(
        try LowRank(.whitened) { name, shape in
          name.contains("up_proj") ? nil : Rank.keeping(0.6, of: shape)
        }(model, calibration).model)
    case .sparse:
      let sparse = try ZeroPruning(.sparseGPT, .share(0.7))(model, calibration)
      return made(sparse.model, sparse.masks)
    case .composed:
      let narrow = try ActivationPruning(.contribution, .width(20), repair: .leastSquares)(
        model.removingBlocks([1]), Calibration(of: model.removingBlocks([1]), on: Sample.texts))
      let sparse = try ZeroPruning(.magnitude, .twoOfFour)(narrow)
      return made(sparse.model, sparse.masks)
    }
  }
}
