import Kernels
import Tensors
import Training
import Transformer

enum Sample {
  static let configuration = Configuration(
    vocabulary: 23, width: 16, layers: 1, heads: 2, feedForwardWidth: 24, context: 48)

  static func logits(_ rows: Int, seed: UInt64, deviation: Float = 1.5) -> Tensor {
    var generator = Generator(seed: seed)
    return Tensor([rows, 7], normal: deviation, from: &generator)
  }

  /// Texts in which every token follows from the one before, with some noise.
  static func batch(_ step: Int, count: Int = 8) -> [Example] {
    var generator = Generator(seed: 1).stream(UInt64(step))
    return (0..<count).map { _ in
      var token = generator.uniform(below: 23)
      let tokens = (0..<16).map { _ in
        token =
          generator.uniform(below: 4) == 0 ? generator.uniform(below: 23) : (token * 5 + 3) % 23
        return Int32(token)
      }
      return Example(tokens, given: 3)
    }
  }

  static func trained(_ steps: Int, width: Int = 16, seed: UInt64 = 2) throws -> Transformer {
    var configuration = configuration
    configuration.width = width
    configuration.headWidth = width / 2
    let trainer = Trainer(
      Transformer(configuration, seed: seed), Trainer.Options(steps: steps, learningRate: 1e-2)
    ) { batch($0) }
    try trainer.run()
    return trainer.model
  }
}
