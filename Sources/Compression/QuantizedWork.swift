import Quantization
import Tensors
import Transformer

extension Int8Projection: CountedProjection {
  public var nominalWork: Int { matrix.nonzeros }
  public var executedWork: Int { shape.count }
}

extension SparseInt8Projection: CountedProjection {
  public var nominalWork: Int { matrix.nonzeros }

  /// Its zeros are put back before they are multiplied.
  public var executedWork: Int { shape.count }
}

extension TwoOfFourProjection: CountedProjection {
  public var nominalWork: Int { matrix.nonzeros }
  public var executedWork: Int { shape.count / 2 }
}

extension BlockProjection: CountedProjection {
  public var nominalWork: Int {
    matrix.decoded().withFloats { weights in
      var count = 0
      for place in 0..<weights.count where weights[place] != 0 { count += 1 }
      return count
    }
  }
  public var executedWork: Int { shape.count }
}

extension Int8Matrix {
  /// How many of the numbers are not zero.
  fileprivate var nonzeros: Int { values.count { $0 != 0 } }
}
