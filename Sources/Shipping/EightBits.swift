import Quantization
import Transformer

extension Transformer {
  /// The matrices of the layers and the embedding table in eight bits, each row with a scale, by the
  /// names of their parameters: rounded to the nearest, with no look at data. A zero stays a zero.
  ///
  /// - Throws: `QuantizationError` if a weight is not finite.
  public func eightBits() throws(QuantizationError) -> [String: Int8Matrix] {
    var matrices: [String: Int8Matrix] = [:]
    for parameter in parameters.all where parameter.shape.rank == 2 {
      matrices[parameter.name] = try Int8Matrix(rounding: parameter.tensor)
    }
    return matrices
  }
}
