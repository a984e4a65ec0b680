/// The sum of a row of lanes, in four accumulators that take turns, an addition's latency being
/// four cycles, and that are folded at the end: (oldest + next) + (next + newest).
///
/// The order depends on the number of lanes alone: this is *the* order of every sum over a row.
/// In a loop over four lanes at a time the accumulators stay where they are; one lane at a time they
/// move, at half the speed, to the same bits.
struct RowSum {
  private var (a, b, c, d) = (Lane.zero, Lane.zero, Lane.zero, Lane.zero)

  @inline(__always) init() {}

  @inline(__always) mutating func add(_ x: Lane) { (a, b, c, d) = (b, c, d, a + x) }

  @inline(__always) mutating func addProduct(_ x: Lane, _ y: Lane) {
    (a, b, c, d) = (b, c, d, a.addingProduct(x, y))
  }

  @inline(__always) var total: Float { ((a + b) + (c + d)).total }
}
