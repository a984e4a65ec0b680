/// Fewer numbers than this are one thread's work: they take less time than waking another.
private let grain = 32768

/// `y = a + b`; `y` may be `a` or `b`, as in all of this file.
public func add(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>,
  count: Int
) {
  parallel(over: count, grain: grain, multiple: 16) { range in
    for (i, lanes) in LaneSteps(range) {
      let result = Lane(a + i, first: lanes) + Lane(b + i, first: lanes)
      result.store(to: y + i, first: lanes)
    }
  }
}

/// `y += x`.
public func add(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int) {
  parallel(over: count, grain: grain, multiple: 16) { range in
    for (i, lanes) in LaneSteps(range) {
      let result = Lane(y + i, first: lanes) + Lane(x + i, first: lanes)
      result.store(to: y + i, first: lanes)
    }
  }
}

/// `y = a − b`.
public func subtract(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>,
  count: Int
) {
  parallel(over: count, grain: grain, multiple: 16) { range in
    for (i, lanes) in LaneSteps(range) {
      let result = Lane(a + i, first: lanes) - Lane(b + i, first: lanes)
      result.store(to: y + i, first: lanes)
    }
  }
}

/// `y = a ⊙ b`.
public func multiply(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>,
  count: Int
) {
  parallel(over: count, grain: grain, multiple: 16) { range in
    for (i, lanes) in LaneSteps(range) {
      let result = Lane(a + i, first: lanes) * Lane(b + i, first: lanes)
      result.store(to: y + i, first: lanes)
    }
  }
}

/// `y += a ⊙ b`, fused.
public func addProduct(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>,
  count: Int
) {
  parallel(over: count, grain: grain, multiple: 16) { range in
    for (i, lanes) in LaneSteps(range) {
      let sum = Lane(y + i, first: lanes).addingProduct(
        Lane(a + i, first: lanes), Lane(b + i, first: lanes))
      sum.store(to: y + i, first: lanes)
    }
  }
}

/// `y += factor · x`, fused.
public func addScaled(
  _ x: UnsafePointer<Float>, by factor: Float, to y: UnsafeMutablePointer<Float>, count: Int
) {
  let factor = Lane(repeating: factor)
  parallel(over: count, grain: grain, multiple: 16) { range in
    for (i, lanes) in LaneSteps(range) {
      let result = Lane(y + i, first: lanes).addingProduct(Lane(x + i, first: lanes), factor)
      result.store(to: y + i, first: lanes)
    }
  }
}

/// `y = factor · x`.
public func scale(
  _ x: UnsafePointer<Float>, by factor: Float, into y: UnsafeMutablePointer<Float>, count: Int
) {
  parallel(over: count, grain: grain, multiple: 16) { range in
    for (i, lanes) in LaneSteps(range) {
      let result = Lane(x + i, first: lanes) * factor
      result.store(to: y + i, first: lanes)
    }
  }
}

/// `y = x + constant`.
public func offset(
  _ x: UnsafePointer<Float>, by constant: Float, into y: UnsafeMutablePointer<Float>, count: Int
) {
  parallel(over: count, grain: grain, multiple: 16) { range in
    for (i, lanes) in LaneSteps(range) {
      let result = Lane(x + i, first: lanes) + constant
      result.store(to: y + i, first: lanes)
    }
  }
}

/// `y = eˣ`.
public func exponential(
  _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int
) {
  parallel(over: count, grain: grain, multiple: 16) { range in
    for (i, lanes) in LaneSteps(range) {
      let result = exponential(Lane(x + i, first: lanes))
      result.store(to: y + i, first: lanes)
    }
  }
}

/// `y = ln x`.
public func logarithm(
  _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int
) {
  parallel(over: count, grain: grain, multiple: 16) { range in
    for (i, lanes) in LaneSteps(range) {
      let result = logarithm(Lane(x + i, first: lanes))
      result.store(to: y + i, first: lanes)
    }
  }
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
      for (column, lanes) in LaneSteps(0..<columns) {
        let sum = Lane(x + (start &+ column), first: lanes) + Lane(row + column, first: lanes)
        sum.store(to: y + (start &+ column), first: lanes)
      }
    }
  }
}
