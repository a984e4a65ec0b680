import Kernels

/// A weight matrix rearranged for the products of generation, which have few rows: packing it each
/// time would cost more than the product itself.
///
/// A copy: later changes to the weight do not show, and no gradient reaches it.
public struct PackedWeight {
  /// `[out, in]`
  public let shape: Shape
  private let matrix: PackedMatrix

  public init(_ weight: Tensor) {
    require(weight.shape.rank == 2, "only a matrix can be packed, not \(weight.shape)")
    shape = weight.shape
    matrix = PackedMatrix(weight.matrix.transposed)
  }

  /// `y = x Wᵀ`, for `x: [tokens, in]`: the same bits as `x.projected(by: weight)`.
  public func project(_ x: Tensor) -> Tensor {
    require(
      x.shape.rank > 0 && x.shape.width == shape.width,
      "project: rows of \(x.shape) and of the weight \(shape) differ in length")
    let y = Tensor(uninitialized: x.shape.replacing(width: shape[0]))
    multiply(x.matrix, matrix, into: y.matrix)
    return y
  }
}
