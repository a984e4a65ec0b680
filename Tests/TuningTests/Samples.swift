import Foundation
import Kernels
import Tensors
import Training
import Transformer
import Tuning

enum Sample {
  static let llama = Configuration(
    vocabulary: 37, width: 32, layers: 3, heads: 4, keyValueHeads: 2, feedForwardWidth: 48,
    context: 160)

  /// With biases and a head of its own.
  static var qwen: Configuration {
    var configuration = llama
    configuration.family = .qwen2
    configuration.tiesEmbeddings = false
    return configuration
  }

  /// A model whose norms and biases are not at their trivial start.
  static func model(_ configuration: Configuration = llama, seed: UInt64 = 1) -> Transformer {
    let model = Transformer(configuration, seed: seed)
    stir(model.parameters, seed: seed + 100)
    return model
  }

  /// An adapter that has something to say, beside a base of its own.
  static func adapter(
    _ configuration: Configuration = llama,
    _ options: LoRAConfiguration = LoRAConfiguration(rank: 4, alpha: 8)
  ) -> Adapter {
    let adapter = Adapter(model(configuration), options, seed: 3)
    stir(adapter.parameters, seed: 7)
    return adapter
  }

  /// Adds noise to all parameters.
  static func stir(_ parameters: Parameters, seed: UInt64) {
    var generator = Generator(seed: seed)
    for parameter in parameters.all {
      let noise = Tensor(parameter.shape, normal: 0.2, from: &generator)
      parameter.set(parameter.tensor + noise)
    }
  }

  static func tokens(_ count: Int, seed: UInt64 = 9) -> [Int32] {
    var generator = Generator(seed: seed)
    return (0..<count).map { _ in Int32(generator.uniform(below: 37)) }
  }

  static func logits(_ model: Transformer, _ tokens: [Int32] = tokens(40)) -> [Float] {
    model(Passage(tokens, lengths: [tokens.count])).floats
  }

  static func values(_ parameters: Parameters) -> [Float] {
    parameters.all.flatMap { $0.tensor.floats }
  }

  /// Texts of many lengths in which every token follows from the one before.
  static func batch(_ step: Int) -> [Example] {
    var generator = Generator(seed: 1).stream(UInt64(step))
    return (0..<8).map { _ in
      var token = generator.uniform(below: 37)
      let tokens = (0..<3 + generator.uniform(below: 20)).map { _ in
        token = (token * 5 + 3) % 37
        return Int32(token)
      }
      return Example(tokens, given: 1 + generator.uniform(below: 2))
    }
  }

  static func options(_ steps: Int) -> Trainer.Options {
    var options = Trainer.Options(steps: steps, learningRate: 2e-2)
    options.schedule = .cosine(warmup: 3)
    return options
  }
}

/// A folder of a test's own, deleted with it.
final class Scratch {
  let url = FileManager.default.temporaryDirectory
    .appending(path: "espalier-\(UInt64.random(in: 0...UInt64.max))")

  init() throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }
}
