import Tensors
import Transformer

extension Transformer {
  /// The same model with other projections in the place of its dense ones, its head among them.
  ///
  ///     let small = try model.replacingWeights { try BlockProjection(.init(rounding: $1, to: .q40)) }
  ///
  /// A head that is the embedding table gets a projection of its own; the table stays as it is, since
  /// a token reads one row of it only. What is left of this model's dense weights remains in memory as
  /// long as its parameters do.
  ///
  /// - Parameter make: the projection for a weight, given its name and value `[out, in]`; nil keeps it.
  /// - Throws: what `make` throws, with the weight's name.
  public func replacingWeights(
    _ make: (_ name: String, _ weight: Tensor) throws(QuantizationError) -> (any Projection)?
  ) throws(QuantizationError) -> Transformer {
    try replacingParameters { parameter, _ throws(QuantizationError) in
      try make(parameter.name, parameter.tensor)
    }
  }

  /// The same for projections that go on learning their weights.
  ///
  /// - Parameter make: the projection for a parameter, and whether the model reads this one as its
  ///   embedding table besides; nil keeps it.
  func replacingParameters(
    _ make: (_ weight: Parameter, _ isTable: Bool) throws(QuantizationError) -> (any Projection)?
  ) throws(QuantizationError) -> Transformer {
    var model = self
    var failure: QuantizationError?
    model.forEachLinear { linear in
      guard failure == nil, let dense = linear.projection as? DenseProjection else { return }
      do throws(QuantizationError) {
        if let other = try make(dense.weight, false) { linear.projection = other }
      } catch {
        failure = QuantizationError(error.problem, name: error.name ?? dense.weight.name)
      }
    }
    if let failure { throw failure }
    if head == nil {
      do throws(QuantizationError) {
        model.head = try make(embedding, true).map { projection in
          // A layer brings weights along; these belong to nobody.
          var linear = Linear(1, 1, Scope(Parameters(), seed: nil) / "lm_head")
          linear.projection = projection
          return linear
        }
      } catch {
        throw QuantizationError(error.problem, name: error.name ?? embedding.name)
      }
    }
    return model
  }
}
