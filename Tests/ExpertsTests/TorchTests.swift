import Foundation
import Tensors
import Testing
import Transformer

@testable import Experts

/// What torch answered, as `Tests/Oracles/experts.py` wrote it down.
struct TorchMixture: Decodable, CustomTestStringConvertible, Sendable {
  struct Values: Decodable, Sendable {
    let shape: [Int]
    let values: [Float]

    var tensor: Tensor { Tensor(Shape(shape), values) }

    /// Part `index` of the first dimension, on its own.
    func part(_ index: Int) -> Values {
      let size = values.count / shape[0]
      return Values(
        shape: Array(shape.dropFirst()), values: Array(values[index * size..<(index + 1) * size]))
    }
  }

  struct Options: Decodable, Sendable {
    let score, order, weighs, shared: String
    let renormalizes, biased: Bool
    let k: Int
    let scale: Float
  }

  let options: Options
  let bias, x, result, upstream, inputGradient: Values
  let parameters, gradients: [String: Values]

  var testDescription: String { "\(options)" }

  static let all: [TorchMixture] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Oracles/Fixtures/experts.json")
    return try! JSONDecoder().decode([TorchMixture].self, from: Data(contentsOf: file))
  }()

  var configuration: MixtureConfiguration {
    let inner = parameters["gate"]!.shape[1]
    var mixture = MixtureConfiguration(
      experts: bias.shape[0], expertsPerToken: options.k, expertWidth: inner)
    mixture.score = MixtureConfiguration.Score(rawValue: options.score)!
    mixture.order = MixtureConfiguration.Order(rawValue: options.order)!
    mixture.weighs = MixtureConfiguration.Side(rawValue: options.weighs)!
    mixture.renormalizes = options.renormalizes
    mixture.scale = options.scale
    mixture.hasSelectionBias = options.biased
    if options.shared != "none" {
      mixture.shared = .init(width: inner, isGated: options.shared == "gated")
    }
    return mixture
  }

  /// Our parameter for each of torch's tensors, experts one by one.
  func pairs(_ layer: MixtureOfExperts, _ values: [String: Values]) -> [(Parameter, Values)] {
    func weight(_ linear: Linear) -> Parameter { (linear.projection as! DenseProjection).weight }
    var pairs = [(layer.router.weight!, values["router"]!)]
    for (index, expert) in layer.experts.enumerated() {
      pairs.append((weight(expert.gate), values["gate"]!.part(index)))
      pairs.append((weight(expert.up), values["up"]!.part(index)))
      pairs.append((weight(expert.down), values["down"]!.part(index)))
    }
    if let shared = layer.shared {
      pairs.append((weight(shared.gate), values["sharedGateProjection"]!))
      pairs.append((weight(shared.up), values["sharedUp"]!))
      pairs.append((weight(shared.down), values["sharedDown"]!))
    }
    if let gate = layer.sharedGate { pairs.append((gate, values["sharedGate"]!)) }
    return pairs
  }
}

@Suite struct TorchTests {
  private func expectClose(_ ours: Tensor, _ torch: TorchMixture.Values, _ what: String) {
    #expect(ours.shape == Shape(torch.shape), "\(what)")
    let scale = max(1, torch.values.map(abs).max() ?? 0)
    for (index, (a, b)) in zip(ours.floats, torch.values).enumerated() {
      #expect(abs(a - b) <= 4e-6 * scale, "\(what), element \(index): \(a), torch has \(b)")
    }
  }

  @Test(arguments: TorchMixture.all)
  func `every router agrees with torch, forward and backward`(_ torch: TorchMixture) throws {
    try torch.configuration.validate()
    let width = torch.x.shape[1]
    let layer = MixtureOfExperts(
      Configuration(
        vocabulary: 1, width: width, layers: 1, heads: 1, feedForwardWidth: 1, context: 1),
      torch.configuration, layer: 0, Scope(Parameters(), seed: nil))
    for (parameter, value) in torch.pairs(layer, torch.parameters) { parameter.set(value.tensor) }
    layer.router.selectionBias?.set(torch.bias.tensor)
    let passage = Passage(
      Array(repeating: 0, count: torch.x.shape[0]), lengths: [torch.x.shape[0]])

    expectClose(layer(torch.x.tensor, passage), torch.result, "result")
    let slopes = gradient(at: [torch.x.tensor]) {
      (layer($0[0], passage) * torch.upstream.tensor).sum()
    }.gradients
    expectClose(slopes[0], torch.inputGradient, "gradient of the input")
    for (parameter, value) in torch.pairs(layer, torch.gradients) {
      expectClose(parameter.gradient, value, "gradient of \(parameter.name)")
    }
    #expect(layer.router.selectionBias?.gradient.floats.allSatisfy { $0 == 0 } != false)
    #expect(layer.router.weight!.gradient.floats.contains { $0 != 0 })
  }
}
