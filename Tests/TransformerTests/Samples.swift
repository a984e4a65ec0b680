import Kernels
import Tensors

@testable import Transformer

/// Small models that take every branch: shared key heads, biases, a separate head.
enum Sample {
  static let llama = Configuration(
    vocabulary: 37, width: 32, layers: 3, heads: 4, keyValueHeads: 2, feedForwardWidth: 48,
    context: 160)

  static var qwen: Configuration {
    var configuration = llama
    configuration.family = .qwen2
    configuration.tiesEmbeddings = false
    return configuration
  }

  /// Attention as in OLMoE.
  static var normedProjections: Configuration {
    var configuration = llama
    configuration.attention.norm = .projections
    configuration.attention.limit = 0.9
    return configuration
  }

  /// Attention as in Llama 4, with chunks that texts of a few lines cross.
  static var chunked: Configuration {
    var configuration = llama
    configuration.attention.pairing = .neighbours
    configuration.attention.norm = .heads
    configuration.attention.unrotatedLayers = [1]
    configuration.attention.chunk = 24
    configuration.attention.temperature = AttentionTemperature(strength: 0.3, floor: 10)
    return configuration
  }

  /// A model whose norms and biases are not at their trivial start.
  static func model(_ configuration: Configuration, seed: UInt64 = 1) -> Transformer {
    let model = Transformer(configuration, seed: seed)
    var generator = Generator(seed: seed + 100)
    for parameter in model.parameters.all {
      let noise = Tensor(parameter.shape, normal: 0.2, from: &generator)
      parameter.set(parameter.tensor + noise)
    }
    return model
  }

  static func tokens(_ count: Int, seed: UInt64 = 9) -> [Int32] {
    var generator = Generator(seed: seed)
    return (0..<count).map { _ in Int32(generator.uniform(below: 37)) }
  }
}
