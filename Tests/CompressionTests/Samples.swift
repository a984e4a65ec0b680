import Calibration
import Experts
import Factorizations
import Foundation
import Kernels
import Tensors
import Testing
import Transformer

@testable import Compression

enum Sample {
  static let configuration = Configuration(
    vocabulary: 37, width: 32, layers: 3, heads: 4, keyValueHeads: 2, feedForwardWidth: 48,
    context: 64)

  static func tokens(_ count: Int, seed: UInt64) -> [Int32] {
    var generator = Generator(seed: 9).stream(seed)
    return (0..<count).map { _ in Int32(generator.uniform(below: 37)) }
  }

  static let texts: [[Int32]] = (0..<12).map { tokens(40 + $0, seed: UInt64($0)) }

  static let probe = tokens(50, seed: 100)

  static func model(
    _ configuration: Configuration = configuration, seed: UInt64 = 1
  ) -> Transformer {
    let model = Transformer(configuration, seed: seed)
    // Norms and biases that are not at their trivial start.
    var generator = Generator(seed: seed + 100)
    for parameter in model.parameters.all where parameter.shape.rank == 1 {
      parameter.set(parameter.tensor + Tensor(parameter.shape, normal: 0.2, from: &generator))
    }
    return model
  }

  static func mixture(
    experts: Int = 6, _ change: (inout MixtureConfiguration) -> Void = { _ in }
  ) throws -> Transformer {
    var mixture = MixtureConfiguration(experts: experts, expertsPerToken: 2, expertWidth: 24)
    change(&mixture)
    return try Transformer(configuration, mixture: mixture, seed: 3)
  }

  static func logits(_ model: Transformer) -> [Float] {
    model(Passage(probe, lengths: [probe.count])).floats
  }

  /// The sum of the squared differences of the logits, relative to that of the logits.
  static func change(_ a: Transformer, _ b: Transformer) -> Double {
    let (a, b) = (logits(a), logits(b))
    let difference = zip(a, b).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
    return difference / a.reduce(0.0) { $0 + Double($1 * $1) }
  }

  static func weights(_ model: Transformer) -> [[Float]] {
    model.parameters.all.map { $0.tensor.floats }
  }
}

/// A matrix and inputs whose columns are correlated and of very different size: what tells apart the
/// techniques that look at the inputs from those that do not.
struct Fixture {
  let weight: DoubleMatrix
  let inputs: InputStatistics

  /// `[tokens, in]`
  let rows: Tensor

  init(_ outputs: Int = 128, _ inputs: Int = 96, tokens: Int = 1024, seed: UInt64 = 1) {
    var generator = Generator(seed: seed)
    weight = DoubleMatrix(
      rows: outputs, columns: inputs,
      (0..<outputs * inputs).map { _ in Double(generator.normal()) })
    let sources = Tensor([tokens, inputs / 2], normal: 1, from: &generator)
    let mixing = Tensor([inputs, inputs / 2], normal: 1, from: &generator)
    let noise = Tensor([tokens, inputs], normal: 0.5, from: &generator)
    let mixed = (sources.projected(by: mixing).scaled(by: 0.2) + noise).floats
    // Every twelfth input is an outlier, ten times as large as others.
    rows = Tensor(
      [tokens, inputs], mixed.enumerated().map { $0 % inputs % 12 == 5 ? 10 * $1 : $1 })
    self.inputs = InputStatistics(width: inputs)
    self.inputs.add(rows)
  }

  func loss(_ changed: DoubleMatrix) -> Double {
    relativeLayerLoss(weight, changed, gram: inputs.gram)
  }
}

/// The message with which `body` fails, empty if it does not.
func message(_ body: () throws -> Void) -> String {
  do {
    try body()
    return ""
  } catch {
    let text = "\(error)"
    #expect(!text.contains("\n"))
    return text
  }
}
