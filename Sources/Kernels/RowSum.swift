/// The sum of a row of lanes, in four accumulators that take turns, an addition's latency being
/// four cycles, and that are folded at the end: (oldest + next) + (next + newest).
///
/// The order depends on the number of lanes alone: this is *the* order of every sum over a row.
/// Four lanes at a time or one after the other, the bits are the same; four are twice as fast.
struct RowSum {
  private var (a, b, c, d) = (Lane.zero, Lane.zero, Lane.zero, Lane.zero)

  @inline(__always) init() {}

  @inline(__always) mutating func add(_ x: Lane) { (a, b, c, d) = (b, c, d, a + x) }

  @inline(__always) mutating func add(_ x: Lane, _ y: Lane, _ z: Lane, _ w: Lane) {
    (a, b, c, d) = (a + x, b + y, c + z, d + w)
  }

  @inline(__always) mutating func addProduct(_ x: Lane, _ y: Lane) {
    (a, b, c, d) = (b, c, d, a.addingProduct(x, y))
  }

  /// The products of the four lanes at `x` with the four at `y`.
  @inline(__always)
  mutating func addProducts(_ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>) {
    a.addProduct(Lane(x), Lane(y))
    b.addProduct(Lane(x + 16), Lane(y + 16))
    c.addProduct(Lane(x + 32), Lane(y + 32))
    d.addProduct(Lane(x + 48), Lane(y + 48))
  }

  @inline(__always) var total: Float { ((a + b) + (c + d)).total }
}
