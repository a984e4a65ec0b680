import Kernels

/// The simplest way to learn: every parameter takes a step against its gradient,
/// `w ← w − η ∂L/∂w`.
public struct GradientDescent {
  /// The step size η.
  public var learningRate: Float

  private let parameters: Parameters

  /// An optimiser of all of `parameters`, those added later included.
  public init(_ parameters: Parameters, learningRate: Float) {
    self.parameters = parameters
    self.learningRate = learningRate
  }

  /// Moves every parameter by the gradient that it has gathered.
  public func step() {
    addScaled(
      parameters.gradients.base, by: -learningRate, to: parameters.values.base,
      count: parameters.count)
  }
}
