import Tensors

extension Parameters {
  /// Sixteen hexadecimal digits that depend on the names, the shapes and every bit of the values.
  var fingerprint: String {
    var state: UInt64 = 0xcbf2_9ce4_8422_2325
    func combine(_ word: UInt64) {
      let product = (state ^ word) &* 0x9e37_79b9_7f4a_7c15
      state = product << 29 | product >> 35
    }
    withValues { values in
      for (name, shape, base) in values {
        for byte in name.utf8 { combine(UInt64(byte)) }
        for size in shape.dimensions { combine(UInt64(size)) }
        for place in 0..<shape.count { combine(UInt64(base[place].bitPattern)) }
      }
    }
    let digits = String(state, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
