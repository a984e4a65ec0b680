import Tensors
import Transformer

/// A projection that lets another work and takes down what passes through.
///
/// Observation needs no hook in the model: a copy of it, whose projections are wrapped in these, gives
/// the same bits and leaves its statistics behind.
public struct RecordingProjection: Projection {
  private let base: any Projection
  private let inputs: InputStatistics?
  private let outputs: OutputNorms?

  public var shape: Shape { base.shape }

  /// - Parameters:
  ///   - inputs: where to add what goes in; nil if another layer records the same inputs.
  ///   - outputs: where to note how large what comes out is, if anywhere.
  public init(_ base: any Projection, inputs: InputStatistics?, outputs: OutputNorms? = nil) {
    self.base = base
    self.inputs = inputs
    self.outputs = outputs
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    inputs?.add(x.detached)
    let y = base(x)
    outputs?.add(y.detached)
    return y
  }

  /// Itself, so that what is generated is recorded, too.
  public func packed() -> any Projection { self }
}

/// The Euclidean norms of the rows that a layer has put out since they were last taken.
public final class OutputNorms {
  private var norms: [Double] = []

  public init() {}

  func add(_ y: Tensor) {
    let width = y.shape.width
    y.withFloats { floats in
      for row in 0..<y.shape.rows {
        var sum = 0.0
        for column in 0..<width {
          let value = Double(floats[row * width + column])
          sum.addProduct(value, value)
        }
        norms.append(sum.squareRoot())
      }
    }
  }

  /// The norms in the order of the rows, which are forgotten.
  func take() -> [Double] {
    defer { norms = [] }
    return norms
  }
}
