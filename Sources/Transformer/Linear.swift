import Tensors

/// Anything that can stand in for a weight matrix: it turns rows of one width into rows of another.
///
/// A dense matrix is one. Adapters, and sparse, factorised and quantised matrices are others, which
/// later chapters put in its place without touching the layers.
public protocol Projection {
  /// The number of outputs and inputs, `[out, in]`.
  var shape: Shape { get }

  /// `y = x Wᵀ`, for `x: [tokens, in]` and `y: [tokens, out]`.
  func callAsFunction(_ x: Tensor) -> Tensor

  /// The same for generation, where products have few rows: a copy that gives the same bits, and in
  /// which later changes of weights do not show.
  func packed() -> any Projection
}

/// The projection by a matrix of floats that is learned.
public struct DenseProjection: Projection {
  /// `[out, in]`
  public let weight: Parameter

  public var shape: Shape { weight.shape }

  public init(_ weight: Parameter) { self.weight = weight }

  public func callAsFunction(_ x: Tensor) -> Tensor { x.projected(by: weight.tensor) }

  public func packed() -> any Projection { PackedProjection(weight.tensor) }
}

/// A projection and, perhaps, a bias: `y = x Wᵀ + b`.
///
/// New weights have a deviation of `1 / √in` unless another is given, so that rows of unit size
/// leave with unit size (LeCun et al. 1998).
public struct Linear {
  /// Where it stands in the model, such as `model.layers.3.self_attn.q_proj`: what its parameters'
  /// names begin with.
  public let name: String
  public var projection: any Projection

  /// `[out]`
  public let bias: Parameter?

  public init(
    _ inputs: Int, _ outputs: Int, bias: Bool = false, deviation: Float? = nil, _ scope: Scope
  ) {
    name = scope.path
    projection = DenseProjection(
      scope.weight(
        "weight", [outputs, inputs], deviation: deviation ?? 1 / Float(inputs).squareRoot()))
    self.bias = bias ? scope.vector("bias", outputs, value: 0) : nil
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    let y = projection(x)
    return bias.map { y.adding(row: $0.tensor) } ?? y
  }
}
