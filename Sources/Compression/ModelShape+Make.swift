import Calibration
import Experts
import Tensors
import Transformer

extension ModelShape {
  /// A model of this shape with the given weights.
  ///
  /// - Parameter weights: by name, one for each parameter that the model uses.
  /// - Throws: `CompressionError` for a mixture that cannot be built.
  func make(_ weights: [String: Tensor]) throws(CompressionError) -> Transformer {
    let model = try zeros()
    for parameter in model.liveParameters {
      guard let weight = weights[parameter.name] else {
        fatalError("no weights for \(parameter.name)")
      }
      parameter.set(weight)
    }
    return model
  }

  /// A model of this shape, all zeros.
  func zeros() throws(CompressionError) -> Transformer {
    if let mixture {
      guard isOrdinary else {
        throw CompressionError(
          "the layers of a mixture of experts are neither factorised nor biased here; remove experts, "
            + "heads, layers or weights instead")
      }
      do {
        return try Transformer(configuration, mixture: mixture, names: names, seed: nil)
      } catch {
        throw CompressionError("\(error)")
      }
    }
    if isOrdinary { return Transformer(configuration, seed: nil) }
    var model = Transformer(configuration, seed: nil) { layer, scope in
      ShapedFeedForward(
        configuration, layer: layer, width: widths[layer],
        hasBias: biasedLayers.contains(layer), ranks: ranks, Scope(scope.parameters, seed: nil))
    }
    let scope = Scope(model.parameters, seed: nil)
    model.forEachLinear { linear in
      guard let dense = linear.projection as? DenseProjection, let rank = ranks[dense.linearName]
      else { return }
      linear.projection = FactoredProjection(
        dense.linearName, shape: dense.shape, rank: rank, scope)
    }
    return model
  }
}

extension Transformer {
  /// The parameters that the model computes with. Those dense matrices of attention that are
  /// factorised are not among them: a `Transformer` cannot be made without them, so they stay in
  /// memory, zero and untouched, and in no file.
  public var liveParameters: [Parameter] {
    var copy = self
    var dead: Set<String> = []
    copy.forEachLinear { linear in
      if let factored = linear.projection as? FactoredProjection {
        dead.insert("\(factored.name).weight")
      }
    }
    return parameters.all.filter { !dead.contains($0.name) }
  }

  /// How many numbers the model computes with.
  public var liveParameterCount: Int { liveParameters.reduce(0) { $0 + $1.shape.count } }

  /// The weights by name, which are views: they change as the model learns.
  var weights: [String: Tensor] {
    Dictionary(uniqueKeysWithValues: liveParameters.map { ($0.name, $0.tensor) })
  }

  /// A model with the same weights and memory of its own, to be changed without touching this one.
  ///
  /// - Throws: `CompressionError` if it has layers of a kind that is not known here.
  public func duplicate() throws(CompressionError) -> Transformer {
    try ModelShape(of: self).make(weights)
  }
}
