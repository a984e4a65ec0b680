/// What is known of the softmax of each row after some blocks of keys.
struct SoftmaxState {
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
