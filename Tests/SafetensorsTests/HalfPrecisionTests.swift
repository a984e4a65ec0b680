import Testing

@testable import Safetensors

@Suite struct HalfPrecisionTests {
  /// Every pattern of 16 bits.
  let patterns = (0...UInt16.max).map { $0 }

  /// The number that sign, exponent and fraction of a format define, computed exactly.
  private func value(_ bits: UInt16, exponentBits: Int, fractionBits: Int) -> Double {
    let exponent = Int(bits >> fractionBits) & (1 << exponentBits - 1)
    let fraction = Double(Int(bits) & (1 << fractionBits - 1))
    let bias = 1 << (exponentBits - 1) - 1
    let scale = Double(sign: .plus, exponent: -bias - fractionBits, significand: 1)
    let sign: Double = bits >> 15 == 0 ? 1 : -1
    if exponent == 1 << exponentBits - 1 { return fraction == 0 ? sign * .infinity : .nan }
    if exponent == 0 { return sign * fraction * 2 * scale }
    let one = Double(1 << fractionBits)
    return sign * (one + fraction)
      * Double(sign: .plus, exponent: exponent, significand: scale)
  }

  @Test func `Half precision widens exactly`() {
    let floats = [Float](unsafeUninitializedCapacity: patterns.count) { buffer, count in
      widenFloat16(patterns, into: buffer.baseAddress!, count: patterns.count)
      count = patterns.count
    }
    for (bits, float) in zip(patterns, floats) {
      let expected = value(bits, exponentBits: 5, fractionBits: 10)
      if expected.isNaN {
        // Sign and payload stay, in the upper bits of the fraction.
        #expect(float.isNaN && float.bitPattern >> 13 & 0x3FF == UInt32(bits) & 0x3FF)
      } else {
        #expect(float.bitPattern == Float(exactly: expected)!.bitPattern, "bits \(bits)")
      }
    }
  }

  @Test func `Bfloat16 widens exactly`() {
    let floats = [Float](unsafeUninitializedCapacity: patterns.count) { buffer, count in
      widenBFloat16(patterns, into: buffer.baseAddress!, count: patterns.count)
      count = patterns.count
    }
    for (bits, float) in zip(patterns, floats) {
      let expected = value(bits, exponentBits: 8, fractionBits: 7)
      if expected.isNaN {
        #expect(float.isNaN)
      } else {
        #expect(float.bitPattern == Float(exactly: expected)!.bitPattern, "bits \(bits)")
      }
    }
  }

  /// What `narrow` makes of `floats`.
  private func narrowed(
    _ floats: [Float], by narrow: (UnsafePointer<Float>, inout [UInt16], Int) -> Void
  ) -> [UInt16] {
    var halves = [UInt16](repeating: 0, count: floats.count)
    narrow(floats, &halves, floats.count)
    return halves
  }

  /// Between two neighbours `low` and `high` of the narrow format: the midpoint goes to the even
  /// one, and the floats beside the midpoint to the nearer one.
  private func checkRounding(
    infinity: UInt16, value: (UInt16) -> Double,
    narrow: (UnsafePointer<Float>, inout [UInt16], Int) -> Void
  ) {
    var floats: [Float] = []
    var expected: [UInt16] = []
    for low in 0..<infinity {
      let high = low + 1
      // Beyond the largest number, infinity stands where the next one would.
      let step = high == infinity ? value(low) - value(low - 1) : value(high) - value(low)
      guard let middle = Float(exactly: value(low) + step / 2) else { continue }
      floats += [Float(value(low)), middle.nextDown, middle, middle.nextUp]
      expected += [low, low, low % 2 == 0 ? low : high, high]
    }
    #expect(expected.count > 4 * 31_000)
    #expect(narrowed(floats, by: narrow) == expected)
    #expect(narrowed(floats.map { -$0 }, by: narrow) == expected.map { $0 | 0x8000 })
    #expect(narrowed([.infinity, -.infinity], by: narrow) == [infinity, infinity | 0x8000])
    let nans = narrowed([.nan, -.nan, Float(nan: 1, signaling: true)], by: narrow)
    #expect(nans.allSatisfy { $0 & 0x7FFF > infinity })
  }

  @Test func `Half precision rounds to nearest, ties to even`() {
    checkRounding(
      infinity: 0x7C00, value: { self.value($0, exponentBits: 5, fractionBits: 10) },
      narrow: { narrowToFloat16($0, into: &$1, count: $2) })
  }

  @Test func `Bfloat16 rounds to nearest, ties to even`() {
    checkRounding(
      infinity: 0x7F80, value: { self.value($0, exponentBits: 8, fractionBits: 7) },
      narrow: { narrowToBFloat16($0, into: &$1, count: $2) })
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity, -.nan])
  func `The first number that is not finite is found`(_ value: Float) {
    var floats = [Float](repeating: .greatestFiniteMagnitude, count: 1000)
    #expect(firstNonFinite(floats, count: 1000) == nil)
    floats[999] = value
    #expect(firstNonFinite(floats, count: 1000) == 999)
    floats[3] = value
    #expect(firstNonFinite(floats, count: 1000) == 3)
    #expect(firstNonFinite(floats, count: 3) == nil)
  }
}
