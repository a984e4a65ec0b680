import Tensors
import Transformer

/// A projection that multiplies with rounded weights and learns as if they were not rounded (the
/// straight-through estimator: Hinton 2012; Bengio et al. 2013, arXiv:1308.3432): **quantization-aware
/// training**.
///
///     y = x Q(W)ᵀ          ∂L/∂W := ∂L/∂Q(W)
///
/// The true slope of rounding is zero almost everywhere, so nothing would be learned from it. What stays
/// in floats gathers small steps until one of them tips a weight over to the next level.
public struct StraightThroughProjection: Projection {
  /// The floats that learn, `[out, in]`.
  public let weight: Parameter

  private let isTable: Bool
  private let round: (Tensor) throws(QuantizationError) -> Tensor

  public var shape: Shape { weight.shape }

  /// - Parameters:
  ///   - isTable: whether the same parameter is read as an embedding table besides.
  ///   - round: what the format makes of a weight.
  /// - Throws: what `round` throws of the weight as it is.
  public init(
    _ weight: Parameter, isTable: Bool = false,
    rounding round: @escaping (Tensor) throws(QuantizationError) -> Tensor
  ) throws(QuantizationError) {
    _ = try round(weight.tensor.detached)
    self.weight = weight
    self.isTable = isTable
    self.round = round
  }

  public func callAsFunction(_ x: Tensor) -> Tensor { x.projected(by: rounded) }

  public func packed() -> any Projection { PackedProjection(rounded) }

  /// `Q(W)`, which passes its gradient on to `W`.
  ///
  /// `W + (Q(W) - W)`, where what is in brackets is a constant. A level and what is rounded to it are
  /// within a factor of two of each other, or the level is zero; so both sums are exact. A weight that
  /// cannot be rounded any more, since it has diverged, is taken as it is, and the loss will say so.
  private var rounded: Tensor {
    let floats = isTable ? weight.tensorForSecondUse : weight.tensor
    guard let levels = try? round(floats.detached) else { return floats }
    return floats + (levels - floats.detached)
  }
}

extension Transformer {
  /// The same model, which computes with rounded weights and whose parameters learn nevertheless. A head
  /// that is the embedding table is rounded as a head; a token still looks up floats in it.
  ///
  ///     let student = try model.learningRounded { try BlockMatrix(rounding: $1, to: .q40).decoded() }
  ///
  /// - Parameter round: what the format makes of a weight, given its name and value `[out, in]`.
  /// - Throws: what `round` throws, with the weight's name.
  public func learningRounded(
    _ round: @escaping (_ name: String, _ weight: Tensor) throws(QuantizationError) -> Tensor
  ) throws(QuantizationError) -> Transformer {
    try replacingParameters { parameter, isTable throws(QuantizationError) in
      try StraightThroughProjection(parameter, isTable: isTable) {
        weight throws(QuantizationError) in try round(parameter.name, weight)
      }
    }
  }
}
