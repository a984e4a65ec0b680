import Kernels
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

  func randomTokens(_ count: Int) -> [Int32] {
    var generator = Generator(seed: 1)
    return (0..<count).map { _ in Int32(generator.uniform(below: configuration.vocabulary)) }
  }
}
