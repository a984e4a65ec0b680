import CLanes

/// Sixteen floats that move through arithmetic together: one AVX-512 register, or two AVX2 ones.
///
/// Every kernel of this module computes with lanes of exactly this width, whatever the processor,
/// so that a sum over lanes has the same order, and thus the same bits, everywhere.
public typealias Lane = SIMD16<Float>

extension Lane {
  /// The number of floats in a lane.
  @usableFromInline static var width: Int { 16 }

  /// The sixteen floats at `base`, which need not be aligned.
  @inline(__always) init(_ base: UnsafePointer<Float>) {
    self = UnsafeRawPointer(base).loadUnaligned(as: Lane.self)
  }

  @inline(__always) init(_ base: UnsafeMutablePointer<Float>) {
    self.init(UnsafePointer(base))
  }

  /// The first `count` floats at `base`, with `filler` in the lanes beyond them.
  @inline(__always) init(_ base: UnsafePointer<Float>, first count: Int, filler: Float = 0) {
    self = lanes_load_first(base, count, Lane(repeating: filler))
  }

  @inline(__always) func store(to base: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(base).storeBytes(of: self, as: Lane.self)
  }

  /// Stores the first `count` lanes and leaves the memory beyond them untouched.
  @inline(__always) func store(to base: UnsafeMutablePointer<Float>, first count: Int) {
    lanes_store_first(base, count, self)
  }

  @inline(__always) var squareRoot: Lane { lanes_square_root(self) }

  @inline(__always) func maximum(_ other: Lane) -> Lane { lanes_max(self, other) }

  @inline(__always) func minimum(_ other: Lane) -> Lane { lanes_min(self, other) }
}
