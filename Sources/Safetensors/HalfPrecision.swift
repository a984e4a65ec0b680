// Conversions between `Float` and the two 16-bit formats, exact or correctly rounded, as loops
// without branches that the compiler turns into vector code. Swift's own `Float16` is missing on
// Intel Macs and has no vector conversions.

/// Widens IEEE half precision: 1 sign, 5 exponent and 10 fraction bits. Every half is a `Float`.
func widenFloat16(_ source: [UInt16], into floats: UnsafeMutablePointer<Float>, count: Int) {
  source.withUnsafeBufferPointer { halves in
    for i in 0..<count {
      let sign = UInt32(halves[i] & 0x8000) << 16
      let magnitude = UInt32(halves[i] & 0x7FFF)
      let shifted = magnitude << 13
      // Below 2^-14 a half is a whole number of 2^-24; from 0x7C00 on it is infinite or NaN.
      let subnormal = (Float(Int32(bitPattern: magnitude)) * 0x1p-24).bitPattern
      let normal = magnitude < 0x7C00 ? shifted &+ 112 << 23 : shifted | 0x7F80_0000
      floats[i] = Float(bitPattern: sign | (magnitude < 0x0400 ? subnormal : normal))
    }
  }
}

/// Widens bfloat16, which is the upper half of a `Float`.
func widenBFloat16(_ source: [UInt16], into floats: UnsafeMutablePointer<Float>, count: Int) {
  source.withUnsafeBufferPointer { halves in
    for i in 0..<count { floats[i] = Float(bitPattern: UInt32(halves[i]) << 16) }
  }
}

/// Rounds to IEEE half precision, to nearest with ties to even; beyond 65 519 to infinity.
func narrowToFloat16(_ floats: UnsafePointer<Float>, into halves: inout [UInt16], count: Int) {
  halves.withUnsafeMutableBufferPointer { halves in
    for i in 0..<count {
      let bits = floats[i].bitPattern
      let magnitude = bits & 0x7FFF_FFFF
      // Ties go to even because the last kept bit decides whether half a unit rounds up.
      let rounded = (magnitude &+ 0x0FFF &+ (magnitude >> 13 & 1)) >> 13
      let normal = min(Int32(bitPattern: rounded) &- 112 << 10, 0x7C00)
      // The unit in the last place of 1/2 is 2^-24, so the addition itself rounds to it.
      let subnormal = (Float(bitPattern: magnitude) + 0.5).bitPattern &- Float(0.5).bitPattern
      let nan = 0x7E00 | magnitude >> 13 & 0x3FF
      let number = magnitude < 0x3880_0000 ? subnormal : UInt32(bitPattern: normal)
      halves[i] = UInt16(
        truncatingIfNeeded: bits >> 16 & 0x8000 | (magnitude > 0x7F80_0000 ? nan : number))
    }
  }
}

/// Rounds to bfloat16, to nearest with ties to even; NaN stays NaN.
func narrowToBFloat16(_ floats: UnsafePointer<Float>, into halves: inout [UInt16], count: Int) {
  halves.withUnsafeMutableBufferPointer { halves in
    for i in 0..<count {
      let bits = floats[i].bitPattern
      let rounded = (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16
      let isNaN = bits & 0x7FFF_FFFF > 0x7F80_0000
      halves[i] = UInt16(truncatingIfNeeded: isNaN ? bits >> 16 | 0x40 : rounded)
    }
  }
}

/// The place of the first NaN or infinity, or nil.
///
/// The usual case, in which there is none, takes one pass of vector code: as integers, exactly the
/// bits of NaN and infinity without their sign reach 0x7F800000.
func firstNonFinite(_ floats: UnsafePointer<Float>, count: Int) -> Int? {
  var largest: UInt32 = 0
  for i in 0..<count { largest = max(largest, floats[i].bitPattern & 0x7FFF_FFFF) }
  return largest < 0x7F80_0000 ? nil : (0..<count).first { !floats[$0].isFinite }
}
