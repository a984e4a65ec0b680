import Files
import Kernels
import Tensors

/// A place in the tree of a model's names, and the source of its initial values.
///
/// A layer asks its scope for its parameters, and what encloses the layer has decided what the
/// scope is called; so names such as `model.layers.3.self_attn.q_proj.weight` come about without
/// any layer knowing where it stands.
///
///     let scope = Scope(parameters, seed: 1)
///     let attention = scope / "layers" / 3 / "self_attn"
///     attention.weight("q_proj.weight", [64, 64], deviation: 0.1)
public struct Scope {
  public let parameters: Parameters
  let path: String
  private let generator: Generator?

  /// The root of a model's names. Without a seed all weights start at zero.
  public init(_ parameters: Parameters, seed: UInt64?) {
    self.parameters = parameters
    path = ""
    generator = seed.map(Generator.init)
  }

  private init(_ parent: Scope, _ name: String) {
    parameters = parent.parameters
    path = parent.path.isEmpty ? name : "\(parent.path).\(name)"
    generator = parent.generator
  }

  public static func / (scope: Scope, name: String) -> Scope { Scope(scope, name) }

  public static func / (scope: Scope, index: Int) -> Scope { Scope(scope, "\(index)") }

  /// A weight drawn from a normal distribution.
  ///
  /// Its values depend on the seed and on its full name only, so adding a layer changes no other.
  public func weight(_ name: String, _ shape: Shape, deviation: Float) -> Parameter {
    weight(name, shape) { Tensor(shape, normal: deviation, from: &$0) }
  }

  /// A weight drawn uniformly from −`bound` to `bound`.
  public func weight(_ name: String, _ shape: Shape, bound: Float) -> Parameter {
    weight(name, shape) { Tensor(shape, uniform: -bound..<bound, from: &$0) }
  }

  private func weight(
    _ name: String, _ shape: Shape, from draw: (inout Generator) -> Tensor
  ) -> Parameter {
    var stream = stream(name)
    return parameters.add(
      (self / name).path, stream == nil ? Tensor(shape, repeating: 0) : draw(&stream!))
  }

  /// The random numbers of `name`, which depend on the seed and on its full name only; nil without a
  /// seed.
  public func stream(_ name: String) -> Generator? {
    let name = (self / name).path.utf8.reduce(into: FNV()) { $0.combine(UInt64($1)) }
    return generator?.stream(name.state)
  }

  /// A vector that starts with all elements equal: a gain at 1, a bias at 0.
  public func vector(_ name: String, _ count: Int, value: Float) -> Parameter {
    parameters.add((self / name).path, Tensor([count], repeating: value))
  }
}
