/// `y = max(−limit, min(x, limit))`; `y` may be `x`.
public func clamp(
  _ x: UnsafePointer<Float>, to limit: Float, into y: UnsafeMutablePointer<Float>, count: Int
) {
  let (low, high) = (Lane(repeating: -limit), Lane(repeating: limit))
  parallel(over: count, grain: 32768, multiple: 16) { range in
    for (i, lanes) in LaneSteps(range) {
      // The constants come first so that a NaN passes through.
      low.maximum(high.minimum(Lane(x + i, first: lanes))).store(to: y + i, first: lanes)
    }
  }
}

/// `dx = dy` where `|x| ≤ limit` and 0 elsewhere; added to `dx` if `accumulate`.
public func clampBackward(
  x: UnsafePointer<Float>, limit: Float, dy: UnsafePointer<Float>,
  into dx: UnsafeMutablePointer<Float>, count: Int, accumulate: Bool
) {
  parallel(over: count, grain: 32768, multiple: 16) { range in
    for (i, lanes) in LaneSteps(range) {
      let before = accumulate ? Lane(dx + i, first: lanes) : .zero
      let isOutside = Lane(x + i, first: lanes).magnitude .> limit
      let slope = Lane(dy + i, first: lanes).replacing(with: 0, where: isOutside)
      (before + slope).store(to: dx + i, first: lanes)
    }
  }
}
