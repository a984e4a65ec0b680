import CIntegerLanes
import Testing

/// The instructions of this processor and the path without them.
@Suite struct IntegerLanesTests {
  private func bytes(_ generator: inout SystemlessGenerator) -> SIMD64<UInt8> {
    var result = SIMD64<UInt8>()
    for i in 0..<64 { result[i] = UInt8(truncatingIfNeeded: generator.next()) }
    return result
  }

  @Test func `dot products agree`() {
    var generator = SystemlessGenerator(state: 1)
    for round in 0..<2000 {
      let left = round == 0 ? SIMD64(repeating: 255) : bytes(&generator)
      let right = Int32(truncatingIfNeeded: round == 0 ? 0x8080_8080 : generator.next())
      let sums = SIMD16<Int32>(repeating: Int32(truncatingIfNeeded: generator.next() >> 40))
      let fast = integer_lanes_dot(sums, left, right)
      #expect(fast == integer_lanes_dot_plain(sums, left, right))
      var expected = Int(sums[5])
      for i in 0..<4 {
        expected += Int(left[20 + i]) * Int(Int8(truncatingIfNeeded: right >> (8 * Int32(i))))
      }
      #expect(Int(fast[5]) == expected)
    }
  }

  @Test func `expansions agree`() {
    var generator = SystemlessGenerator(state: 2)
    let packed = (0..<64).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    for round in 0..<2000 {
      var mask = generator.next()
      if round % 3 == 1 { mask &= generator.next() & generator.next() }
      if round < 2 { mask = round == 0 ? 0 : .max }
      let fast = integer_lanes_expand(packed, mask)
      #expect(fast == integer_lanes_expand_plain(packed, mask))
      var next = 0
      for i in 0..<64 {
        if mask >> UInt64(i) & 1 == 1 {
          #expect(fast[i] == packed[next])
          next += 1
        } else {
          #expect(fast[i] == 128)
        }
      }
      #expect(integer_lanes_count(mask) == next)
    }
  }

  @Test func `picks and products of groups agree`() {
    var generator = SystemlessGenerator(state: 3)
    for round in 0..<1000 {
      let table = (0..<16).map { _ in Int8(truncatingIfNeeded: generator.next()) }
      let places = bytes(&generator) & 15
      let picked = integer_lanes_pick(table, places)
      #expect(picked == integer_lanes_pick_plain(table, places))
      #expect((0..<64).allSatisfy { picked[$0] == UInt8(bitPattern: table[Int(places[$0])]) })
      let left = round == 0 ? SIMD64(repeating: 255) : bytes(&generator)
      let right = round == 0 ? SIMD64(repeating: 128) : bytes(&generator)
      let sums = SIMD16<Int32>(repeating: Int32(round))
      let fast = integer_lanes_dot_groups(sums, left, right)
      #expect(fast == integer_lanes_dot_groups_plain(sums, left, right))
      let expected = (12..<16).reduce(round) {
        $0 + Int(left[$1]) * Int(Int8(bitPattern: right[$1]))
      }
      #expect(Int(fast[3]) == expected)
    }
    let codes = SIMD64<UInt8>(repeating: 0b11_10_01_00)
    for step in 0..<4 {
      let places = integer_lanes_places(codes, Int32(2 * step), 8)
      #expect([0, 1, 2, 3].map { Int(places[60 + $0]) } == [8, 8, 12, 12].map { $0 + step })
    }
  }

  @Test func `every half is the float it is, and rounds to itself`() {
    for bits in UInt16.min...UInt16.max {
      let value = integer_lanes_widened(bits)
      let exponent = Int(bits >> 10 & 31)
      let fraction = Float(bits & 1023)
      let sign: Float = bits >> 15 == 1 ? -1 : 1
      switch exponent {
      case 0: #expect(value == sign * fraction * 0x1p-24)
      case 31: #expect(fraction == 0 ? value == sign * .infinity : value.isNaN)
      default:
        let expected =
          sign * (1 + fraction / 1024) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
        #expect(value == expected)
      }
      if !value.isNaN { #expect(integer_lanes_narrowed(value) == bits) }
    }
    #expect(integer_lanes_narrowed(65519) == 0x7BFF)
    #expect(integer_lanes_narrowed(65520) == 0x7C00)
    #expect(integer_lanes_narrowed(1 + 0x1p-11) == 0x3C00)
    #expect(integer_lanes_narrowed(1 + 0x3p-11) == 0x3C02)
  }
}

/// SplitMix64.
struct SystemlessGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
