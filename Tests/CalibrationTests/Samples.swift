import Experts
import Kernels
import Transformer

enum Sample {
  static let configuration = Configuration(
    vocabulary: 37, width: 32, layers: 2, heads: 4, keyValueHeads: 2, feedForwardWidth: 48,
    context: 64)

  static let texts: [[Int32]] = (0..<6).map { text in
    var generator = Generator(seed: 9).stream(UInt64(text))
    return (0..<20 + 5 * text).map { _ in Int32(generator.uniform(below: 37)) }
  }

  static func mixture(_ change: (inout MixtureConfiguration) -> Void = { _ in }) throws
    -> Transformer
  {
    var mixture = MixtureConfiguration(experts: 4, expertsPerToken: 2, expertWidth: 24)
    change(&mixture)
    return try Transformer(configuration, mixture: mixture, seed: 3)
  }
}
