import Factorizations
import Kernels
import Tensors

/// What is known of the inputs of a linear layer after some texts went through it.
///
/// The inputs of one layer are the activations of another: those of the output projection of
/// attention are what the heads made, those of the last matrix of a feed-forward layer are its hidden
/// units. So these statistics are all that any technique needs to know of activations.
public final class InputStatistics {
  /// How many inputs the layer has.
  public let width: Int

  /// How many rows, that is tokens, it has seen.
  public private(set) var rows = 0

  /// `H = Σ x xᵀ` over all rows, `[width, width]`.
  public private(set) var gram: DoubleMatrix

  /// `Σ x` and `Σ |x|`, `[width]`.
  private var sums, magnitudes: [Double]

  public init(width: Int) {
    self.width = width
    gram = DoubleMatrix(rows: width, columns: width)
    sums = Array(repeating: 0, count: width)
    magnitudes = sums
  }

  /// The mean of each input.
  public var means: [Double] { sums.map { $0 / Double(max(1, rows)) } }

  /// The mean magnitude of each input.
  public var meanMagnitudes: [Double] { magnitudes.map { $0 / Double(max(1, rows)) } }

  /// The mean square of each input.
  public var meanSquares: [Double] { gram.diagonal.map { $0 / Double(max(1, rows)) } }

  /// The variance of each input.
  public var variances: [Double] {
    zip(meanSquares, means).map { max(0, $0 - $1 * $1) }
  }

  /// The Euclidean norm of each input over all rows: `‖X_j‖₂`.
  public var norms: [Double] { gram.diagonal.map { $0.squareRoot() } }

  /// Takes in the rows of `x: [rows, width]`.
  ///
  /// Their products are added up in 32 bits, and the sums of several calls in 64, so the bits depend
  /// on how the rows are divided among calls: a `Calibration` makes one call for each text.
  public func add(_ x: Tensor) {
    require(x.shape.width == width, "statistics of \(width) inputs cannot take in \(x.shape)")
    let count = x.shape.rows
    if count == 0 { return }
    rows += count
    let products = [Float](unsafeUninitializedCapacity: width * width) { buffer, filled in
      x.withFloats { floats in
        floats.withUnsafeBufferPointer { floats in
          guard let base = floats.baseAddress, let target = buffer.baseAddress else { return }
          let matrix = Matrix(base, rows: count, columns: width)
          multiply(
            matrix.transposed, matrix, into: Matrix(target, rows: width, columns: width))
        }
      }
      filled = width * width
    }
    accumulate(products, x)
  }

  private func accumulate(_ products: [Float], _ x: Tensor) {
    let source = products.span
    var target = gram.elements.mutableSpan
    for place in 0..<source.count { target[place] += Double(source[place]) }
    x.withFloats { floats in
      var sums = sums.mutableSpan
      for row in 0..<x.shape.rows {
        for column in 0..<width { sums[column] += Double(floats[row * width + column]) }
      }
    }
    x.withFloats { floats in
      var magnitudes = magnitudes.mutableSpan
      for row in 0..<x.shape.rows {
        for column in 0..<width { magnitudes[column] += Double(abs(floats[row * width + column])) }
      }
    }
  }
}
