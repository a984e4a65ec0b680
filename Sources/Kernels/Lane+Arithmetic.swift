import CLanes

extension Lane {
  /// The first `count` floats at `base`, with `filler` in the lanes beyond them.
  @inline(__always)
  init(_ base: UnsafeMutablePointer<Float>, first count: Int, filler: Float = 0) {
    self.init(UnsafePointer(base), first: count, filler: filler)
  }

  /// `self + a · b`, rounded once. In this module it takes the place of the standard library's
  /// method of the same name, which is a loop over sixteen numbers that the compiler only
  /// sometimes turns back into one instruction: 1.0 against 0.1 ns an element in `swigluBackward`.
  @inline(__always) func addingProduct(_ a: Lane, _ b: Lane) -> Lane {
    lanes_multiply_add(a, b, self)
  }

  /// `self += a · b`, rounded once.
  @inline(__always) mutating func addProduct(_ a: Lane, _ b: Lane) {
    self = addingProduct(a, b)
  }

  /// The sum of the sixteen, by halves: 16, 8, 4, 2, 1.
  @inline(__always) var total: Float { lanes_total(self) }

  /// The largest of the sixteen. A NaN may be lost: comparisons with it are false.
  @inline(__always) var largest: Float { lanes_largest(self) }

  /// The lanes without their sign bits.
  @inline(__always) var magnitude: Lane {
    Lane(bits: bits & 0x7fff_ffff)
  }

  @inline(__always) var bits: SIMD16<Int32> { unsafeBitCast(self, to: SIMD16<Int32>.self) }

  @inline(__always) init(bits: SIMD16<Int32>) { self = unsafeBitCast(bits, to: Lane.self) }
}
