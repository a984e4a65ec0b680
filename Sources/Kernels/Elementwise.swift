/// Fewer numbers than this are one thread's work: they take less time than waking another.
private let grain = 32768

/// `y = a + b`; `y` may be `a` or `b`, as in all of this file.
public func add(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>,
  count: Int
) {
  parallel(over: count, grain: grain, multiple: 16) { range in
    for (i, lanes) in LaneSteps(range) {
      let result = Lane(at: a + i, lanes) + Lane(at: b + i, lanes)
      result.store(at: y + i, lanes)
    }
  }
}

/// `y += x`.
public func add(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int) {
  parallel(over: count, grain: grain, multiple: 16) { range in
    for (i, lanes) in LaneSteps(range) {
      let result = Lane(at: y + i, lanes) + Lane(at: x + i, lanes)
      result.store(at: y + i, lanes)
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
      let result = Lane(at: a + i, lanes) - Lane(at: b + i, lanes)
      result.store(at: y + i, lanes)
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
      let result = Lane(at: a + i, lanes) * Lane(at: b + i, lanes)
      result.store(at: y + i, lanes)
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
  parallel(over: count, grain: grain, multiple: 16) { range in
    for (i, lanes) in LaneSteps(range) {
      let result = Lane(at: a + i, lanes) / Lane(at: b + i, lanes)
      result.store(at: y + i, lanes)
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
      let result = Lane(at: y + i, lanes).addingProduct(Lane(at: x + i, lanes), factor)
      result.store(at: y + i, lanes)
    }
  }
}

/// `y = factor · x`.
public func scale(
  _ x: UnsafePointer<Float>, by factor: Float, into y: UnsafeMutablePointer<Float>, count: Int
) {
  parallel(over: count, grain: grain, multiple: 16) { range in
    for (i, lanes) in LaneSteps(range) {
      let result = Lane(at: x + i, lanes) * factor
      result.store(at: y + i, lanes)
    }
  }
}

/// `y = x + constant`.
public func offset(
  _ x: UnsafePointer<Float>, by constant: Float, into y: UnsafeMutablePointer<Float>, count: Int
) {
  parallel(over: count, grain: grain, multiple: 16) { range in
    for (i, lanes) in LaneSteps(range) {
      let result = Lane(at: x + i, lanes) + constant
      result.store(at: y + i, lanes)
    }
  }
}

/// `y = eˣ`.
public func exponential(
  _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int
) {
  parallel(over: count, grain: grain, multiple: 16) { range in
    for (i, lanes) in LaneSteps(range) {
      let result = exponential(Lane(at: x + i, lanes))
      result.store(at: y + i, lanes)
    }
  }
}

/// `y = ln x`.
public func logarithm(
  _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int
) {
  parallel(over: count, grain: grain, multiple: 16) { range in
    for (i, lanes) in LaneSteps(range) {
      let result = logarithm(Lane(at: x + i, lanes))
      result.store(at: y + i, lanes)
    }
  }
}

/// `y = √x`.
public func squareRoot(
  _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int
) {
  parallel(over: count, grain: grain, multiple: 16) { range in
    for (i, lanes) in LaneSteps(range) {
      let result = Lane(at: x + i, lanes).squareRoot
      result.store(at: y + i, lanes)
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
        let sum = Lane(at: x + (start &+ column), lanes) + Lane(at: row + column, lanes)
        sum.store(at: y + (start &+ column), lanes)
      }
    }
  }
}
