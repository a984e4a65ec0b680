import Factorizations
import Tensors

extension Tensor {
  /// The rows at `indices`, in that order.
  func rows(at indices: [Int]) -> Tensor { rows(indices.map(Int32.init)) }

  /// The columns at `indices` of a matrix, in that order.
  func columns(at indices: [Int]) -> Tensor {
    let width = shape.width
    let values = withFloats { floats in
      (0..<shape.rows).flatMap { row in indices.map { floats[row * width + $0] } }
    }
    return Tensor([shape.rows, indices.count], values)
  }

  /// The elements at `indices` of a vector, in that order.
  func elements(at indices: [Int]) -> Tensor {
    withFloats { floats in Tensor(indices.map { floats[$0] }) }
  }

  /// A copy of a matrix `[rows, columns]` in 64 bits.
  public var doubles: DoubleMatrix {
    DoubleMatrix(rows: shape.rows, columns: shape.width, floats: floats)
  }

  init(_ matrix: DoubleMatrix) { self.init([matrix.rows, matrix.columns], matrix.floats) }
}
