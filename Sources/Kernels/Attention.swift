/// Causal attention: for the query at position p, `y = Σ wⱼ vⱼ` over the keys j ≤ p, where
/// `w = softmax(scale · ⟨q, kⱼ⟩)`; `y` is laid out like the queries.
///
/// Scores are computed a tile at a time and never stored as a whole (Dao et al., 2022,
/// arXiv:2205.14135). Keys come in blocks of 64 that start at multiples of 64; with m the largest
/// score so far, l the sum and y the result so far, a block's scores s update them to
///
///     m′ = max(m, s₀, s₁, …)        c = exp(m − m′)        wⱼ = exp(sⱼ − m′)
///     l′ = l c + (w₀ + w₁ + …)      y′ = y c + w₀ v₀ + w₁ v₁ + …
///
/// each score and each element of y a chain of fused multiply-adds in ascending order. So a query
/// has the same result alone or among others, in prefill or in decoding, on any number of threads.
///
/// `logSums`, if given, receives ln l + m for `[sequences, queries, heads]`, which is what
/// `attendBackward` needs. NaN in a query, or in a key or value it sees, makes its result NaN. Keys
/// it does not see are without effect, but a value that is not finite reaches the earlier queries
/// computed with it, since zero times it is NaN.
public func attend(
  queries: UnsafePointer<Float>, keys: UnsafePointer<Float>, values: UnsafePointer<Float>,
  into y: UnsafeMutablePointer<Float>, logSums: UnsafeMutablePointer<Float>?,
  shape: AttentionShape
) {
  let pairs = shape.sequences * shape.keyHeads
  // A few sequences are split further, by queries, at the price of packing keys more than once.
  let parts =
    pairs >= 2 * Parallel.threads
    ? 1 : (shape.queries * shape.group + queryRows - 1) / queryRows
  let work = pairs * shape.group * shape.queries * shape.keys * shape.headWidth
  let body = { (task: Int) in
    let (pair, part) = task.quotientAndRemainder(dividingBy: parts)
    // The last queries see the most keys, so they go first.
    let tokens =
      (parts - 1 - part) * shape.queries / parts..<(parts - part) * shape.queries / parts
    let rows = QueryRows(
      shape: shape, sequence: pair / shape.keyHeads, keyHead: pair % shape.keyHeads,
      tokens: tokens)
    attend(rows, queries, keys, values, y, logSums)
  }
  if work < 1 << 18 {
    for task in 0..<pairs * parts { body(task) }
  } else {
    parallel(pairs * parts, body)
  }
}

/// All keys, a block at a time, and under each block all the rows that see it: a block is packed
/// once, while what is known so far of each row waits in the second-level cache.
private func attend(
  _ rows: QueryRows, _ queries: UnsafePointer<Float>, _ keys: UnsafePointer<Float>,
  _ values: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>,
  _ logSums: UnsafeMutablePointer<Float>?
) {
  if rows.count == 0 { return }
  let shape = rows.shape
  let packed = Panels.floats(depth: shape.headWidth, columns: keyBlock)
  let packedValues = Panels.floats(depth: keyBlock, columns: shape.headWidth)
  let padded = (rows.count + 15) & ~15
  let floats =
    packed + packedValues + 2 * rows.count * shape.stride + queryRows * keyBlock + 3 * padded
  Scratch.withFloats(floats) { scratch in
    var free = scratch
    func reserve(_ count: Int) -> UnsafeMutablePointer<Float> {
      defer { free += count }
      return free
    }
    let keyPanels = reserve(packed)
    let valuePanels = reserve(packedValues)
    let scores = reserve(queryRows * keyBlock)
    let scaled = reserve(rows.count * shape.stride)
    let results = reserve(rows.count * shape.stride)
    let state = SoftmaxState(
      largest: reserve(padded), sums: reserve(padded), corrections: reserve(padded))
    rows.gather(queries, times: shape.scale, to: scaled)
    results.update(repeating: 0, count: rows.count * shape.stride)
    state.largest.update(repeating: -.infinity, count: padded)
    state.sums.update(repeating: 0, count: padded)

    for first in stride(from: 0, to: rows.visible(rows.count - 1), by: keyBlock) {
      let count = min(keyBlock, rows.visible(rows.count - 1) - first)
      Panels(keyPanels, depth: shape.headWidth, columns: count).pack(
        shape.block(keys, rows.sequence, first, count, rows.keyHead).transposed)
      let valueBlock = Panels(valuePanels, depth: count, columns: shape.headWidth)
      valueBlock.pack(shape.block(values, rows.sequence, first, count, rows.keyHead))
      for tile in rows.tiles(seeing: first) {
        let seen = min(count, rows.visible(tile.upperBound - 1) - first)
        let columns = (seen + 15) & ~15
        multiplySerially(
          Matrix(
            scaled + tile.lowerBound * shape.stride, rows: tile.count, columns: shape.headWidth,
            stride: shape.stride),
          Panels(keyPanels, depth: shape.headWidth, columns: columns),
          into: Matrix(scores, rows: tile.count, columns: columns, stride: keyBlock),
          accumulate: false)
        state.update(tile, scores, results, rows, first)
        multiplySerially(
          Matrix(scores, rows: tile.count, columns: seen, stride: keyBlock),
          valueBlock.slice(depth: 0..<seen, columns: 0..<shape.headWidth),
          into: Matrix(
            results + tile.lowerBound * shape.stride, rows: tile.count, columns: shape.stride),
          accumulate: true)
      }
    }
    state.finish(rows, results, y, logSums)
  }
}

/// What is known of the softmax of each row after some blocks of keys.
private struct SoftmaxState {
  /// The largest score.
  let largest: UnsafeMutablePointer<Float>
  /// The sum of exp(score − largest).
  let sums: UnsafeMutablePointer<Float>
  /// What the block at hand multiplies earlier sums by.
  let corrections: UnsafeMutablePointer<Float>

  /// Turns a tile of scores against the keys from `first` on into weights, zero where the key is
  /// not visible, and brings sums and results to the new largest score.
  func update(
    _ tile: Range<Int>, _ scores: UnsafeMutablePointer<Float>,
    _ results: UnsafeMutablePointer<Float>, _ rows: QueryRows, _ first: Int
  ) {
    for row in tile {
      let x = ScoreRow(scores + (row - tile.lowerBound) * keyBlock, rows.visible(row) - first)
      let found = x.a.maximum(x.b).maximum(x.c.maximum(x.d)).largest
      corrections[row] = largest[row]
      largest[row] = found > largest[row] ? found : largest[row]
    }
    for (row, lanes) in LaneSteps(tile) {
      let change = Lane(corrections + row, first: lanes) - Lane(largest + row, first: lanes)
      exponential(change).store(to: corrections + row, first: lanes)
    }
    let stride = rows.shape.stride
    for row in tile {
      let base = scores + (row - tile.lowerBound) * keyBlock
      var x = ScoreRow(base, rows.visible(row) - first)
      let sum = x.exponentiate(minus: largest[row])
      x.store(to: base)
      let correction = corrections[row]
      sums[row] = sum.addingProduct(sums[row], correction)
      // Multiplying by one is left out because it is often all there is to do, not to change bits.
      if correction == 1 { continue }
      let result = results + row * stride
      for (i, lanes) in LaneSteps(0..<stride) {
        (Lane(result + i, first: lanes) * correction).store(to: result + i, first: lanes)
      }
    }
  }

  /// Divides each result by its sum and puts it in its place.
  func finish(
    _ rows: QueryRows, _ results: UnsafeMutablePointer<Float>, _ y: UnsafeMutablePointer<Float>,
    _ logSums: UnsafeMutablePointer<Float>?
  ) {
    let shape = rows.shape
    for row in 0..<rows.count {
      let (result, y) = (results + row * shape.stride, y + rows.start(row))
      let reciprocal = Lane(repeating: 1 / sums[row])
      for (i, lanes) in LaneSteps(0..<shape.headWidth) {
        (Lane(result + i, first: lanes) * reciprocal).store(to: y + i, first: lanes)
      }
    }
    guard let logSums else { return }
    for (row, lanes) in LaneSteps(0..<rows.count) {
      let logarithms = logarithm(Lane(sums + row, first: lanes, filler: 1))
      (Lane(largest + row, first: lanes) + logarithms).store(to: sums + row, first: lanes)
    }
    for row in 0..<rows.count { logSums[rows.start(row) / shape.headWidth] = sums[row] }
  }
}

/// The scores of one row against a block of keys.
struct ScoreRow {
  var a, b, c, d: Lane

  /// The first `visible` scores at `base`, of at most 64, and −∞ for the others.
  @inline(__always) init(_ base: UnsafePointer<Float>, _ visible: Int) {
    func lane(_ i: Int) -> Lane {
      Lane(base + i, first: max(0, min(16, visible &- i)), filler: -.infinity)
    }
    (a, b, c, d) = (lane(0), lane(16), lane(32), lane(48))
  }

  @inline(__always) init(_ base: UnsafeMutablePointer<Float>, _ visible: Int) {
    self.init(UnsafePointer(base), visible)
  }

  /// Replaces each score by exp(score − bound), and returns their sum, whose order is the same
  /// for any number of visible keys.
  @inline(__always) mutating func exponentiate(minus bound: Float) -> Float {
    let bound = Lane(repeating: bound)
    (a, b) = (exponential(a - bound), exponential(b - bound))
    (c, d) = (exponential(c - bound), exponential(d - bound))
    return ((a + b) + (c + d)).total
  }

  @inline(__always) func store(to base: UnsafeMutablePointer<Float>) {
    a.store(to: base)
    b.store(to: base + 16)
    c.store(to: base + 32)
    d.store(to: base + 48)
  }
}
