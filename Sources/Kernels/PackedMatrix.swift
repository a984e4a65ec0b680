/// A right operand packed once for many products: the weights of a layer while decoding, where a
/// row or two of activations would otherwise pay for packing the whole matrix each time.
///
///     let packed = PackedMatrix(Matrix(weights, rows: 1024, columns: 256).transposed)
///     multiply(x, packed, into: y)  // the bits of multiply(x, weightsᵀ, into: y)
///
/// It holds a copy: later changes to the matrix do not show.
public final class PackedMatrix: @unchecked Sendable {
  /// k, of a matrix `[k, n]`.
  public let rows: Int
  /// n, of a matrix `[k, n]`.
  public let columns: Int
  let panels: Panels

  /// Packs `matrix`, `[k, n]`.
  public init(_ matrix: Matrix) {
    rows = matrix.rows
    columns = matrix.columns
    let floats = Panels.floats(depth: rows, columns: columns)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 4 * floats, alignment: 64)
    panels = Panels(
      memory.bindMemory(to: Float.self, capacity: floats), depth: rows, columns: columns)
    panels.packInParallel(matrix)
  }

  deinit {
    UnsafeMutableRawPointer(panels.base).deallocate()
  }
}
