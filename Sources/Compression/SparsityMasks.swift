import Tensors
import Transformer

/// Where the zeros of a model are.
///
///     try Distiller(teacher, sparse.model, options, afterStep: sparse.masks.apply(to: sparse.model))
public struct SparsityMasks: Equatable, Sendable {
  private var masks: [String: SparsityMask] = [:]

  public init() {}

  /// The mask of a parameter, by its name; nil if all its weights stay.
  public subscript(name: String) -> SparsityMask? {
    get { masks[name] }
    set { masks[name] = newValue }
  }

  /// Whether no parameter has a mask.
  public var isEmpty: Bool { masks.isEmpty }

  /// The share of the masked parameters' weights that stay; 1 if no parameter has a mask.
  public var density: Double {
    let all = masks.values.reduce(0) { $0 + $1.keeps.count }
    return all == 0 ? 1 : Double(masks.values.reduce(0) { $0 + $1.count }) / Double(all)
  }

  /// What puts the zeros of a model back after a step of training has moved them.
  public func apply(to model: Transformer) -> () -> Void {
    let masked = model.parameters.all.compactMap { parameter in
      masks[parameter.name].map { (parameter, $0) }
    }
    return {
      for (parameter, mask) in masked {
        parameter.set(Tensor(parameter.shape, mask.applied(to: parameter.tensor.floats)))
      }
    }
  }
}
