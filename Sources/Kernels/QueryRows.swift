/// Keys are worked off in blocks of this many, which start at multiples of it: with the order
/// within a block this fixes the order of every sum, whatever else is computed along with it.
let keyBlock = 64

/// How many rows, a query of one head each, are worked off together: four tiles of a product high,
/// and few enough that little of what is computed lies behind the causal mask.
let queryRows = 48

/// The rows of one task, a query of one head each: all the heads of a group for one query, then
/// for the next.
struct QueryRows {
  let shape: AttentionShape
  let sequence: Int
  let keyHead: Int
  /// Which queries.
  let tokens: Range<Int>

  var count: Int { tokens.count * shape.group }

  /// The count, rounded up to whole lanes.
  var padded: Int { (count + 15) & ~15 }

  /// How many keys any row sees.
  var end: Int { shape.offset + tokens.upperBound }

  /// How many keys a row sees.
  @inline(__always) func visible(_ row: Int) -> Int {
    shape.offset + tokens.lowerBound + row / shape.group + 1
  }

  /// The tiles of rows of which any sees key `first`, without the rows that do not. Inlined, because
  /// for a single row to make the sequence took a tenth of the time of its attention.
  @inline(__always) func tiles(seeing first: Int) -> some Sequence<Range<Int>> {
    let unseeing = max(0, (first - shape.offset - tokens.lowerBound) * shape.group)
    return stride(from: unseeing / queryRows * queryRows, to: count, by: queryRows).lazy.map {
      max(unseeing, $0)..<min(count, $0 + queryRows)
    }
  }

  /// Copies the rows of `x`, `[…, heads, headWidth]`, times `factor`, to rows `shape.stride` apart.
  func gather(_ x: UnsafePointer<Float>, times factor: Float, to y: UnsafeMutablePointer<Float>) {
    for row in 0..<count {
      let (x, y) = (x + start(row), y + row * shape.stride)
      for (i, lanes) in LaneSteps(0..<shape.headWidth) {
        (Lane(x + i, first: lanes) * factor).store(to: y + i, first: lanes)
      }
    }
  }

  /// Where a row begins in `[…, heads, headWidth]`.
  @inline(__always) func start(_ row: Int) -> Int {
    let (token, head) = row.quotientAndRemainder(dividingBy: shape.group)
    return shape.query(sequence, tokens.lowerBound + token, keyHead) + head * shape.headWidth
  }
}
