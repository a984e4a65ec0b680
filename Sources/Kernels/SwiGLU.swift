/// `y = silu(gate) ⊙ up`, where silu(g) = g · sigmoid(g) (Shazeer, 2020, arXiv:2002.05202).
public func swiglu(
  gate: UnsafePointer<Float>, up: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>,
  count: Int
) {
  parallel(over: count, grain: 8192, multiple: 16) { range in
    for (i, lanes) in LaneSteps(range) {
      let gate = Lane(gate + i, first: lanes)
      (gate * sigmoid(gate) * Lane(up + i, first: lanes)).store(to: y + i, first: lanes)
    }
  }
}

/// The gradients of `swiglu`, with σ = sigmoid(gate):
/// `dup = dy · gate σ` and `dgate = dy · up · σ (1 + gate (1 − σ))`, added if `accumulate`.
/// Without it `dgate` may be `gate`, and `dup` may be `up`.
public func swigluBackward(
  gate: UnsafePointer<Float>, up: UnsafePointer<Float>, dy: UnsafePointer<Float>,
  dgate: UnsafeMutablePointer<Float>, dup: UnsafeMutablePointer<Float>,
  count: Int, accumulate: Bool
) {
  parallel(over: count, grain: 8192, multiple: 16) { range in
    for (i, lanes) in LaneSteps(range) {
      let gate = Lane(gate + i, first: lanes)
      let dy = Lane(dy + i, first: lanes)
      let open = sigmoid(gate)
      let slope = dy * open
      let inner = Lane(repeating: 1).addingProduct(gate, 1 - open)
      let pull = slope * Lane(up + i, first: lanes)
      let before = accumulate ? Lane(dgate + i, first: lanes) : .zero
      let beforeUp = accumulate ? Lane(dup + i, first: lanes) : .zero
      before.addingProduct(pull, inner).store(to: dgate + i, first: lanes)
      beforeUp.addingProduct(slope, gate).store(to: dup + i, first: lanes)
    }
  }
}
