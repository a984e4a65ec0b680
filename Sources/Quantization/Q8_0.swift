import CIntegerLanes

/// Blocks of 32 weights of 8 bits, `w = d · q`:
///
///     2 bytes     d, in half precision
///     32 bytes    q, from -127 to 127
enum Q8_0 {
  /// Encodes 32 finite weights as the reference does: the scale is a 127th of the largest magnitude,
  /// the numbers are rounded with the scale in full precision, halves away from zero, and only then
  /// is the scale cut to half precision.
  ///
  /// - Returns: false if the scale is too large for half precision.
  static func encode(
    _ weights: UnsafePointer<Float>, into bytes: UnsafeMutablePointer<UInt8>
  ) -> Bool {
    var largest: Float = 0
    for i in 0..<32 { largest = max(largest, weights[i].magnitude) }
    let scale = largest / 127
    let inverse = reciprocal(of: scale)
    for i in 0..<32 {
      let steps = (weights[i] * inverse).magnitude
      let whole = Int32(steps)
      let rounded = steps - Float(whole) >= 0.5 ? whole + 1 : whole
      bytes[2 + i] = UInt8(truncatingIfNeeded: weights[i] < 0 ? -rounded : rounded)
    }
    return storeScale(scale, at: bytes)
  }

  static func decode(_ bytes: UnsafePointer<UInt8>, into weights: UnsafeMutablePointer<Float>) {
    let scale = scale(at: bytes)
    for i in 0..<32 { weights[i] = scale * Float(Int8(bitPattern: bytes[2 + i])) }
  }
}

/// 1 / `scale`, or 0 where that is none: such small weights become zeros.
func reciprocal(of scale: Float) -> Float {
  let inverse = 1 / scale
  return inverse.isFinite ? inverse : 0
}

/// The number in half precision at `bytes`.
func scale(at bytes: UnsafePointer<UInt8>) -> Float {
  integer_lanes_widened(UInt16(bytes[0]) | UInt16(bytes[1]) << 8)
}

/// Stores `scale` in half precision at `bytes`; false if that is infinite.
func storeScale(_ scale: Float, at bytes: UnsafeMutablePointer<UInt8>) -> Bool {
  let half = integer_lanes_narrowed(scale)
  bytes[0] = UInt8(truncatingIfNeeded: half)
  bytes[1] = UInt8(truncatingIfNeeded: half >> 8)
  return half & 0x7C00 != 0x7C00
}

/// `scale` rounded to half precision.
func halved(_ scale: Float) -> Float { integer_lanes_widened(integer_lanes_narrowed(scale)) }
