/// `y[r, ·] = Σⱼ weights[r, j] · sources[r, j]` over `[count, width]`, where `sources` holds the
/// addresses of `slots` rows for each `r`; where there is none, nothing is added. Without weights,
/// the plain sum.
///
/// Every element is one chain of fused multiply-adds over `j`, from zero.
public func combineRows(
  _ sources: UnsafePointer<UnsafePointer<Float>?>, weights: UnsafePointer<Float>?,
  into y: UnsafeMutablePointer<Float>, count: Int, slots: Int, width: Int
) {
  parallel(over: count, grain: max(1, 32768 / max(1, slots * width))) { range in
    for row in range {
      let (sources, y) = (sources + row * slots, y + row * width)
      for (column, lanes) in LaneSteps(0..<width) {
        var sum = Lane.zero
        for slot in 0..<slots {
          guard let source = sources[slot] else { continue }
          let x = Lane(source + column, first: lanes)
          if let weights {
            sum.addProduct(x, Lane(repeating: weights[row &* slots &+ slot]))
          } else {
            sum += x
          }
        }
        sum.store(to: y + column, first: lanes)
      }
    }
  }
}

/// The gradient of `combineRows` with respect to the weights:
/// `dweights[r, j] = ⟨dy[r, ·], sources[r, j]⟩`, zero where there is no source; added to
/// `dweights` if `accumulate`.
public func combineRowsWeightGradient(
  _ sources: UnsafePointer<UnsafePointer<Float>?>, dy: UnsafePointer<Float>,
  into dweights: UnsafeMutablePointer<Float>, count: Int, slots: Int, width: Int,
  accumulate: Bool
) {
  parallel(over: count, grain: max(1, 32768 / max(1, slots * width))) { range in
    for pair in range.lowerBound * slots..<range.upperBound * slots {
      let before = accumulate ? dweights[pair] : 0
      dweights[pair] =
        before + (sources[pair].map { rowDot(dy + pair / slots * width, $0, width) } ?? 0)
    }
  }
}

/// The gradient of `combineRows` with respect to some of its sources: source `i` was number `j` of
/// row `r`, with `pairs[i] = r · slots + j`, so `dx[i, ·] = weights[r, j] · dy[r, ·]` over
/// `[count, width]`; added to `dx` if `accumulate`.
public func combineRowsSourceGradient(
  _ dy: UnsafePointer<Float>, weights: UnsafePointer<Float>?, pairs: UnsafePointer<Int32>,
  into dx: UnsafeMutablePointer<Float>, count: Int, slots: Int, width: Int, accumulate: Bool
) {
  parallel(over: count, grain: max(1, 32768 / max(1, width))) { range in
    for row in range {
      let pair = Int(pairs[row])
      let (dy, dx) = (dy + pair / slots * width, dx + row * width)
      let weight = Lane(repeating: weights?[pair] ?? 1)
      for (column, lanes) in LaneSteps(0..<width) {
        let before = accumulate ? Lane(dx + column, first: lanes) : .zero
        before.addingProduct(Lane(dy + column, first: lanes), weight)
          .store(to: dx + column, first: lanes)
      }
    }
  }
}
