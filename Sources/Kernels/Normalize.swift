/// `y[r, c] = x[r, c] · inverseRoots[r] · gain[c]` over `[rows, columns]`, where
/// `inverseRoots[r] = 1 ∕ √(mean(x[r, ·]²) + epsilon)` is kept for the backward pass.
///
/// RMSNorm (Zhang and Sennrich, 2019, arXiv:1910.07467). Without a `gain` every gain is one.
public func rmsNormalize(
  _ x: UnsafePointer<Float>, gain: UnsafePointer<Float>?, epsilon: Float,
  into y: UnsafeMutablePointer<Float>, inverseRoots: UnsafeMutablePointer<Float>,
  rows: Int, columns: Int
) {
  parallel(over: rows, grain: max(1, 16384 / max(1, columns))) { range in
    for row in range {
      let (x, y) = (x + row * columns, y + row * columns)
      let mean = rowDot(x, x, columns) / Float(columns)
      let inverseRoot = 1 / (mean + epsilon).squareRoot()
      inverseRoots[row] = inverseRoot
      let root = Lane(repeating: inverseRoot)
      // Whole lanes in a loop of their own, which is free of tests for a ragged end: 0.06 against
      // 0.08 ns an element.
      let whole = columns & ~15
      for column in stride(from: 0, to: whole, by: 16) {
        normalize(x + column, root, gain.map { $0 + column }, y + column, 16)
      }
      if whole < columns {
        normalize(x + whole, root, gain.map { $0 + whole }, y + whole, columns - whole)
      }
    }
  }
}

@inline(__always)
private func normalize(
  _ x: UnsafePointer<Float>, _ inverseRoot: Lane, _ gain: UnsafePointer<Float>?,
  _ y: UnsafeMutablePointer<Float>, _ lanes: Int
) {
  let normal = Lane(x, first: lanes) * inverseRoot
  (gain.map { normal * Lane($0, first: lanes) } ?? normal).store(to: y, first: lanes)
}

/// The gradients of `rmsNormalize`. With r the inverse root and g = gain ⊙ dy,
/// `dx = r g − x r³ ⟨g, x⟩ ∕ columns`, added to `dx` if `accumulate`; and, if there is a gain,
/// `dgain += Σ dy ⊙ x r` over the rows.
///
/// The sum over rows is taken in blocks of 64 rows, which are then added in order, so that it is
/// the same for any number of threads.
public func rmsNormalizeBackward(
  x: UnsafePointer<Float>, gain: UnsafePointer<Float>?, inverseRoots: UnsafePointer<Float>,
  dy: UnsafePointer<Float>, into dx: UnsafeMutablePointer<Float>,
  dgain: UnsafeMutablePointer<Float>?, rows: Int, columns: Int, accumulate: Bool
) {
  precondition((gain == nil) == (dgain == nil), "a gain needs a gradient, and no gain has none")
  let block = 64
  let blocks = (rows + block - 1) / block
  let width = dgain == nil ? 0 : columns
  Scratch.withFloats(blocks * width) { partials in
    parallel(over: blocks, grain: max(1, 256 / max(1, columns))) { range in
      for index in range {
        let partial = partials + index * width
        partial.update(repeating: 0, count: width)
        for row in index * block..<min(rows, (index + 1) * block) {
          let start = row * columns
          rowBackward(
            x: x + start, gain: gain, inverseRoot: inverseRoots[row], dy: dy + start,
            into: dx + start, dgain: dgain == nil ? nil : partial, columns, accumulate)
        }
      }
    }
    guard let dgain else { return }
    for index in 0..<blocks { add(partials + index * width, to: dgain, count: width) }
  }
}

@inline(__always)
private func rowBackward(
  x: UnsafePointer<Float>, gain: UnsafePointer<Float>?, inverseRoot: Float,
  dy: UnsafePointer<Float>, into dx: UnsafeMutablePointer<Float>,
  dgain: UnsafeMutablePointer<Float>?, _ columns: Int, _ accumulate: Bool
) {
  let product = gain.map { rowDot(dy, x, $0, columns) } ?? rowDot(dy, x, columns)
  let pull = -(product / Float(columns)) * inverseRoot * inverseRoot * inverseRoot
  let (root, pulls) = (Lane(repeating: inverseRoot), Lane(repeating: pull))
  for (column, lanes) in LaneSteps(0..<columns) {
    let before = accumulate ? Lane(dx + column, first: lanes) : .zero
    let (x, dy) = (Lane(x + column, first: lanes), Lane(dy + column, first: lanes))
    let slope = gain.map { dy * Lane($0 + column, first: lanes) } ?? dy
    let sum = before.addingProduct(x, pulls).addingProduct(slope, root)
    sum.store(to: dx + column, first: lanes)
    if let dgain {
      let sum = Lane(dgain + column, first: lanes).addingProduct(dy * x, root)
      sum.store(to: dgain + column, first: lanes)
    }
  }
}

/// Σ aᵢ bᵢ cᵢ, in the order of `RowSum`.
@inline(__always)
private func rowDot(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafePointer<Float>, _ count: Int
) -> Float {
  var sum = RowSum()
  let blocks = count & ~63
  for i in stride(from: 0, to: blocks, by: 64) {
    for j in 0..<4 {
      let k = i &+ 16 &* j
      sum.addProduct(Lane(a + k) * Lane(b + k), Lane(c + k))
    }
  }
  for (i, lanes) in LaneSteps(blocks..<count) {
    sum.addProduct(Lane(a + i, first: lanes) * Lane(b + i, first: lanes), Lane(c + i, first: lanes))
  }
  return sum.total
}
