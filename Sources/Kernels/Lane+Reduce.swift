import CLanes

extension Lane {
  /// The first `count` floats at `base`, with `filler` beyond them; one instruction where the
  /// processor has masked loads.
  @inline(__always) init(at base: UnsafePointer<Float>, _ count: Int, filler: Float = 0) {
    self = count == 16 ? Lane(base) : lanes_load_first(base, count, filler)
  }

  @inline(__always) init(at base: UnsafeMutablePointer<Float>, _ count: Int, filler: Float = 0) {
    self.init(at: UnsafePointer(base), count, filler: filler)
  }

  /// Stores the first `count` floats and leaves the memory beyond them untouched.
  @inline(__always) func store(at base: UnsafeMutablePointer<Float>, _ count: Int) {
    if count == 16 { store(to: base) } else { lanes_store_first(base, self, count) }
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

/// Calls `body(offset, lanes)` for each lane of `range` in order: `lanes` is 16, except for a
/// ragged end. Inlined with its closure, so that the full lanes pay nothing for the ragged one.
@inline(__always)
func forEachLane(in range: Range<Int>, _ body: (_ offset: Int, _ lanes: Int) -> Void) {
  var offset = range.lowerBound
  while offset &+ 16 <= range.upperBound {
    body(offset, 16)
    offset &+= 16
  }
  if offset < range.upperBound { body(offset, range.upperBound &- offset) }
}

/// Folds the lanes of `0..<count` into four accumulators in turn, the latency of an addition
/// being four cycles, and then the four into one: (oldest + next) + (next + newest).
///
/// The order is a function of `count` alone: this is *the* order of every sum over a row.
@inline(__always)
func foldLanes(
  _ count: Int, from initial: Lane, combine: (Lane, Lane) -> Lane,
  _ step: (_ accumulator: Lane, _ offset: Int, _ lanes: Int) -> Lane
) -> Lane {
  var (a, b, c, d) = (initial, initial, initial, initial)
  forEachLane(in: 0..<count) { offset, lanes in
    let next = step(a, offset, lanes)
    (a, b, c, d) = (b, c, d, next)
  }
  return combine(combine(a, b), combine(c, d))
}
