import Experts
import Kernels
import Training
import Transformer

/// The three decoders that training and generation are measured on.
enum ModelSize: String, CaseIterable {
  case small = "S"
  case medium = "M"
  case large = "L"

  var configuration: Configuration {
    switch self {
    case .small:
      Configuration(
        vocabulary: 256, width: 128, layers: 4, heads: 4, feedForwardWidth: 344, context: 160)
    case .medium:
      Configuration(
        vocabulary: 512, width: 256, layers: 6, heads: 8, feedForwardWidth: 688, context: 256)
    case .large:
      Configuration(
        vocabulary: 4096, width: 512, layers: 8, heads: 8, feedForwardWidth: 1368, context: 256)
    }
  }

  /// How many sequences of how many tokens a training step takes.
  var batch: (sequences: Int, tokens: Int) {
    switch self {
    case .small: (32, 128)
    case .medium: (16, 256)
    case .large: (8, 256)
    }
  }

  /// The examples of a training step, of random tokens.
  var examples: [Example] {
    let (sequences, length) = batch
    let tokens = randomTokens(sequences * (length + 1))
    return (0..<sequences).map {
      Example(Array(tokens[$0 * (length + 1)..<($0 + 1) * (length + 1)]))
    }
  }

  func randomTokens(_ count: Int) -> [Int32] {
    var generator = Generator(seed: 1)
    return (0..<count).map { _ in Int32(generator.uniform(below: configuration.vocabulary)) }
  }

  /// Eight experts of half the feed-forward width, of which each token visits two: the work of the
  /// dense model, and four times the weights in its feed-forward layers.
  var mixture: MixtureConfiguration {
    var mixture = MixtureConfiguration(
      experts: 8, expertsPerToken: 2, expertWidth: configuration.feedForwardWidth / 2)
    mixture.order = .selectThenScore
    return mixture
  }

  /// A new model of this size, dense or a mixture, for sequences of at most `context` tokens.
  func model(isMixture: Bool = false, context: Int? = nil) throws -> Transformer {
    var configuration = configuration
    if let context { configuration.context = context }
    return isMixture
      ? try Transformer(configuration, mixture: mixture, seed: 1)
      : Transformer(configuration, seed: 1)
  }
}
