import Tensors

/// Scales every token's vector to a root mean square of 1, then each coordinate by a learned gain
/// (Zhang & Sennrich 2019, arXiv:1910.07467).
public struct RMSNorm {
  /// `[width]`
  public let gain: Parameter

  public let epsilon: Float

  /// - Parameter width: nil for the configuration's width.
  public init(_ configuration: Configuration, width: Int? = nil, _ scope: Scope) {
    gain = scope.vector("weight", width ?? configuration.width, value: 1)
    epsilon = configuration.epsilon
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    x.normalized(gain: gain.tensor, epsilon: epsilon)
  }
}
