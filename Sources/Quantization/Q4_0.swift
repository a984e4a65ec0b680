/// Blocks of 32 weights of 4 bits, `w = d · (q - 8)`:
///
///     2 bytes     d, in half precision
///     16 bytes    q, from 0 to 15: weight i in the low bits of byte i, weight i + 16 in the high
enum Q4_0 {
  /// Encodes 32 finite weights as the reference does: the weight of the largest magnitude, with its
  /// sign, becomes -8 steps, so that the one number that has no opposite is put to use.
  ///
  /// The reference in C may or may not fuse the product with the sum, as its compiler likes; this is
  /// the one in Python, which rounds twice.
  ///
  /// - Returns: false if the scale is too large for half precision.
  static func encode(
    _ weights: UnsafePointer<Float>, into bytes: UnsafeMutablePointer<UInt8>
  ) -> Bool {
    var extreme: Float = weights[0]
    for i in 1..<32 where weights[i].magnitude > extreme.magnitude { extreme = weights[i] }
    let scale = extreme / -8
    let inverse = reciprocal(of: scale)
    for i in 0..<16 {
      let low = steps(weights[i], inverse)
      let high = steps(weights[i + 16], inverse)
      bytes[2 + i] = UInt8(truncatingIfNeeded: low | high << 4)
    }
    return storeScale(scale, at: bytes)
  }

  /// The nearest of the sixteen levels, from 0 to 15.
  private static func steps(_ weight: Float, _ inverse: Float) -> Int32 {
    min(15, Int32(weight * inverse + 8.5))
  }

  static func decode(_ bytes: UnsafePointer<UInt8>, into weights: UnsafeMutablePointer<Float>) {
    let scale = scale(at: bytes)
    for i in 0..<16 {
      weights[i] = scale * Float(Int32(bytes[2 + i] & 15) - 8)
      weights[i + 16] = scale * Float(Int32(bytes[2 + i] >> 4) - 8)
    }
  }
}
