import Tensors
import Transformer

/// The projection by a matrix in blocks, of activations that are rounded to eight bits as they come,
/// with one scale for each 32.
///
/// Q4_K, which is for reading other people's files, is decoded beforehand and multiplied in floats.
public struct BlockProjection: Projection {
  private enum Kernel {
    case q8(Q8Panels)
    case q4(Q4Panels)
    case floats(PackedWeight)
  }

  public let matrix: BlockMatrix
  private let kernel: Kernel

  public var shape: Shape { [matrix.rows, matrix.columns] }

  public init(_ matrix: BlockMatrix) {
    self.matrix = matrix
    kernel =
      switch matrix.format {
      case .q80: .q8(Q8Panels(matrix))
      case .q40: .q4(Q4Panels(matrix))
      case .q4K: .floats(PackedWeight(matrix.decoded()))
      }
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    switch kernel {
    case .q8(let panels): panels.project(x)
    case .q4(let panels): panels.project(x)
    case .floats(let weight): weight.project(x)
    }
  }

  /// Itself: it is packed from the start.
  public func packed() -> any Projection { self }
}
