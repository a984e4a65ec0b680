import Kernels
import Tensors
import Transformer

@testable import Experts

/// Small mixtures that take every branch.
enum Sample {
  static let decoder = Configuration(
    vocabulary: 37, width: 32, layers: 3, heads: 4, keyValueHeads: 2, feedForwardWidth: 48,
    context: 160)

  private static func mixture(
    k: Int = 2, _ change: (inout MixtureConfiguration) -> Void
  ) -> MixtureConfiguration {
    var mixture = MixtureConfiguration(experts: 5, expertsPerToken: k, expertWidth: 20)
    change(&mixture)
    return mixture
  }

  static let switchOne = mixture(k: 1) { _ in }
  static let mixtral = mixture { $0.order = .selectThenScore }
  static let qwen = mixture(k: 3) {
    $0.shared = .init(width: 28, isGated: true)
    $0.denseLayers = [1]
  }
  static let deepSeek = mixture {
    $0.score = .sigmoid
    $0.renormalizes = true
    $0.scale = 2.5
    $0.hasSelectionBias = true
    $0.shared = .init(width: 24)
  }
  static let llama4 = mixture(k: 1) {
    $0.score = .sigmoid
    $0.order = .selectThenScore
    $0.weighs = .input
    $0.shared = .init(width: 20)
    $0.interval = 2
  }
  static let llama4WithTwo = mixture(k: 2) {
    $0.score = .sigmoid
    $0.weighs = .input
  }
  static let random = mixture { $0.selection = .random }
  static let hash = mixture { $0.selection = .hash }
  static let expertChoice = mixture { $0.selection = .expertChoice }

  static let learned = [switchOne, mixtral, qwen, deepSeek, llama4, llama4WithTwo]
  static let all = learned + [random, hash, expertChoice]

  /// Models as the published families would have them.
  static let published:
    [(name: String, configuration: Configuration, MixtureConfiguration, MixtureNames)] = {
      var olmoe = decoder
      olmoe.attention.norm = .projections
      olmoe.attention.limit = 1.5
      var llama4 = decoder
      llama4.attention.pairing = .neighbours
      llama4.attention.norm = .heads
      llama4.attention.unrotatedLayers = [2]
      llama4.attention.chunk = 16
      llama4.attention.temperature = AttentionTemperature(strength: 0.2, floor: 10)
      llama4.tiesEmbeddings = false
      var qwenDecoder = decoder
      qwenDecoder.family = .qwen2
      return [
        ("mixtral", decoder, mixtral, .mixtral),
        ("qwen2_moe", qwenDecoder, qwen, .qwen2),
        ("olmoe", olmoe, mixture(k: 3) { $0.renormalizes = true }, .qwen2),
        ("llama4_text", llama4, Sample.llama4, .llama4),
      ]
    }()

  /// A model whose norms and biases are not at their trivial start.
  static func model(
    _ mixture: MixtureConfiguration, in decoder: Configuration = decoder,
    names: MixtureNames = MixtureNames(), seed: UInt64 = 1
  ) -> Transformer {
    let model = try! Transformer(decoder, mixture: mixture, names: names, seed: seed)
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

  static func tensor(_ shape: Shape, seed: UInt64, deviation: Float = 1) -> Tensor {
    var generator = Generator(seed: seed)
    return Tensor(shape, normal: deviation, from: &generator)
  }
}
