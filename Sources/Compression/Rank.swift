import Tensors

/// What ranks cost: a matrix of `out · in` weights becomes `rank · (out + in)`.
public enum Rank {
  /// The largest rank that takes fewer weights than the matrix: the largest `r < out · in / (out + in)`.
  /// For a square matrix that is below half of its side.
  public static func breakEven(_ shape: Shape) -> Int {
    let (outputs, inputs) = (shape[0], shape[1])
    return (outputs * inputs - 1) / (outputs + inputs)
  }

  /// The rank at which the factors take a share of the matrix's weights, rounded down.
  public static func keeping(_ share: Double, of shape: Shape) -> Int {
    let (outputs, inputs) = (Double(shape[0]), Double(shape[1]))
    return Int(share * outputs * inputs / (outputs + inputs))
  }
}
