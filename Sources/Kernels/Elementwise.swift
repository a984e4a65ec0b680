/// Fewer numbers than this are one thread's work: they take less time than waking another.
private let grain = 32768

/// `y = a + b`; `y` may be `a` or `b`, as in all of this file.
public func add(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>,
  count: Int
) {
  combine(a, b, into: y, count) { $0 + $1 }
}

/// `y += x`.
public func add(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int) {
  combine(x, y, into: y, count) { $1 + $0 }
}

/// `y = a − b`.
public func subtract(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>,
  count: Int
) {
  combine(a, b, into: y, count) { $0 - $1 }
}

/// `y = a ⊙ b`.
public func multiply(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>,
  count: Int
) {
  combine(a, b, into: y, count) { $0 * $1 }
}

/// `y += a ⊙ b`, fused.
public func addProduct(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>,
  count: Int
) {
  parallel(over: count, grain: grain, multiple: 16) { range in
    forEachLane(in: range) { i, lanes in
      let sum = Lane(at: y + i, lanes).addingProduct(Lane(at: a + i, lanes), Lane(at: b + i, lanes))
      sum.store(at: y + i, lanes)
    }
  }
}

/// `y = a ∕ b`.
public func divide(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>,
  count: Int
) {
  combine(a, b, into: y, count) { $0 / $1 }
}

/// `y += factor · x`, fused.
public func addScaled(
  _ x: UnsafePointer<Float>, by factor: Float, to y: UnsafeMutablePointer<Float>, count: Int
) {
  let factor = Lane(repeating: factor)
  combine(x, y, into: y, count) { $1.addingProduct($0, factor) }
}

/// `y = factor · x`.
public func scale(
  _ x: UnsafePointer<Float>, by factor: Float, into y: UnsafeMutablePointer<Float>, count: Int
) {
  map(x, into: y, count) { $0 * factor }
}

/// `y = x + constant`.
public func offset(
  _ x: UnsafePointer<Float>, by constant: Float, into y: UnsafeMutablePointer<Float>, count: Int
) {
  map(x, into: y, count) { $0 + constant }
}

/// `y = eˣ`.
public func exponential(
  _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int
) {
  map(x, into: y, count) { exponential($0) }
}

/// `y = ln x`.
public func logarithm(
  _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int
) {
  map(x, into: y, count) { logarithm($0) }
}

/// `y = √x`.
public func squareRoot(
  _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int
) {
  map(x, into: y, count) { $0.squareRoot }
}

/// `y[r, ·] = x[r, ·] + row` for `x` of `[rows, columns]`: a bias. Its gradient is
/// `addColumnSums`.
public func addRow(
  _ row: UnsafePointer<Float>, to x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>,
  rows: Int, columns: Int
) {
  parallel(over: rows, grain: max(1, grain / max(1, columns))) { range in
    for index in range {
      let start = index * columns
      forEachLane(in: 0..<columns) { column, lanes in
        let sum = Lane(at: x + (start &+ column), lanes) + Lane(at: row + column, lanes)
        sum.store(at: y + (start &+ column), lanes)
      }
    }
  }
}

/// `y = body(x)` lane by lane. The closure is inlined where this is.
@inline(__always)
func map(
  _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, _ count: Int,
  _ body: (Lane) -> Lane
) {
  parallel(over: count, grain: grain, multiple: 16) { range in
    forEachLane(in: range) { i, lanes in
      body(Lane(at: x + i, lanes)).store(at: y + i, lanes)
    }
  }
}

/// `y = body(a, b)` lane by lane.
@inline(__always)
func combine(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>,
  _ count: Int, _ body: (Lane, Lane) -> Lane
) {
  parallel(over: count, grain: grain, multiple: 16) { range in
    forEachLane(in: range) { i, lanes in
      body(Lane(at: a + i, lanes), Lane(at: b + i, lanes)).store(at: y + i, lanes)
    }
  }
}
