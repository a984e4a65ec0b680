/// `y[r, c] = exp(x[r, c] − max) ∕ Σ exp(x[r, ·] − max)` over `[rows, columns]`; `y` may be `x`.
///
/// Subtracting the largest makes every exponent at most zero, so that nothing overflows. A row of
/// only −∞, or with +∞ or NaN in it, becomes NaN. Each exponential is computed once and stored,
/// then multiplied by the reciprocal of the sum while the row is still in the first-level cache.
public func softmax(
  _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, rows: Int, columns: Int
) {
  parallel(over: rows, grain: max(1, 8192 / max(1, columns))) { range in
    for row in range {
      let (x, y) = (x + row * columns, y + row * columns)
      let largest = Lane(repeating: rowMaximum(x, columns))
      for (column, lanes) in LaneSteps(0..<columns) {
        exponential(Lane(x + column, first: lanes) - largest).store(to: y + column, first: lanes)
      }
      let reciprocal = Lane(repeating: 1 / rowSum(y, columns))
      for (column, lanes) in LaneSteps(0..<columns) {
        (Lane(y + column, first: lanes) * reciprocal).store(to: y + column, first: lanes)
      }
    }
  }
}

/// The gradient of `softmax`: `dx = y ⊙ (dy − ⟨y, dy⟩)` row by row over `[rows, columns]`, added
/// to `dx` if `accumulate`. `dx` may be `dy` if not.
public func softmaxBackward(
  y: UnsafePointer<Float>, dy: UnsafePointer<Float>, into dx: UnsafeMutablePointer<Float>,
  rows: Int, columns: Int, accumulate: Bool
) {
  parallel(over: rows, grain: max(1, 16384 / max(1, columns))) { range in
    for row in range {
      let (y, dy, dx) = (y + row * columns, dy + row * columns, dx + row * columns)
      let mean = Lane(repeating: rowDot(y, dy, columns))
      for (column, lanes) in LaneSteps(0..<columns) {
        let before = accumulate ? Lane(dx + column, first: lanes) : .zero
        let centred = Lane(dy + column, first: lanes) - mean
        before.addingProduct(Lane(y + column, first: lanes), centred).store(
          to: dx + column, first: lanes)
      }
    }
  }
}

/// `y[r] = ln Σ exp x[r, ·]` over `[rows, columns]`: `x[r, c] − y[r]` is the log-probability of
/// class `c`. Sampler and trainer both use it, so that their log-probabilities have the same bits.
public func logSumExp(
  _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, rows: Int, columns: Int
) {
  parallel(over: rows, grain: max(1, 8192 / max(1, columns))) { range in
    for row in range { y[row] = rowLogSumExp(x + row * columns, columns) }
  }
}

/// The gradient of `logSumExp`: `dx[r, ·] = softmax(x[r, ·]) · dy[r]` over `[rows, columns]`, from
/// the result `y`; added to `dx` if `accumulate`.
public func logSumExpBackward(
  x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafePointer<Float>,
  into dx: UnsafeMutablePointer<Float>, rows: Int, columns: Int, accumulate: Bool
) {
  parallel(over: rows, grain: max(1, 8192 / max(1, columns))) { range in
    for row in range {
      let (x, dx) = (x + row * columns, dx + row * columns)
      let (logSum, slope) = (Lane(repeating: y[row]), Lane(repeating: dy[row]))
      for (column, lanes) in LaneSteps(0..<columns) {
        let before = accumulate ? Lane(dx + column, first: lanes) : .zero
        let probability = exponential(Lane(x + column, first: lanes) - logSum)
        before.addingProduct(probability, slope).store(to: dx + column, first: lanes)
      }
    }
  }
}

@inline(__always) func rowLogSumExp(_ x: UnsafePointer<Float>, _ columns: Int) -> Float {
  let largest = rowMaximum(x, columns)
  var sum = RowSum()
  for (column, lanes) in LaneSteps(0..<columns) {
    sum.add(exponential(Lane(x + column, first: lanes, filler: -.infinity) - largest))
  }
  return largest + logarithm(sum.total)
}
