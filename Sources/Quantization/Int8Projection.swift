import Tensors
import Transformer

/// The projection by a matrix of eight bits with one scale a row, of activations that are rounded to
/// eight bits as they come, with one scale a token (W8A8).
public struct Int8Projection: Projection {
  public let matrix: Int8Matrix
  private let panels: Int8Panels

  public var shape: Shape { [matrix.rows, matrix.columns] }

  public init(_ matrix: Int8Matrix) {
    self.matrix = matrix
    panels = Int8Panels(matrix)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor { panels.project(x) }

  /// Itself: it is packed from the start.
  public func packed() -> any Projection { self }
}

/// The projection of an `Int8Matrix` that reads no zeros: the same bits as `Int8Projection`, from
/// less memory.
public struct SparseInt8Projection: Projection {
  public let matrix: Int8Matrix
  private let panels: SparsePanels

  public var shape: Shape { [matrix.rows, matrix.columns] }

  public init(_ matrix: Int8Matrix) {
    self.matrix = matrix
    panels = SparsePanels(matrix)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor { panels.project(x) }

  /// Itself: it is packed from the start.
  public func packed() -> any Projection { self }
}

/// The projection of an `Int8Matrix` of which two of each four neighbours are zero: the same bits as
/// `Int8Projection`, from five bits a weight.
public struct TwoOfFourProjection: Projection {
  public let matrix: Int8Matrix
  private let panels: TwoOfFourPanels

  public var shape: Shape { [matrix.rows, matrix.columns] }

  /// - Throws: `notTwoOfFour`.
  public init(_ matrix: Int8Matrix) throws(QuantizationError) {
    self.matrix = matrix
    panels = try TwoOfFourPanels(matrix)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor { panels.project(x) }

  /// Itself: it is packed from the start.
  public func packed() -> any Projection { self }
}
