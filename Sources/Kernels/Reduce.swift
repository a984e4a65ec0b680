/// How many numbers a long sum takes at a time. A constant, so that the order of a sum depends on
/// its length alone and never on the number of threads.
private let chunk = 16384

/// x₀ + x₁ + …, in a fixed order: sixteen lanes, four accumulators of them in turn, folded by
/// halves; beyond 16 384 numbers, one such sum per chunk and those added in order in `Double`.
public func sum(_ x: UnsafePointer<Float>, count: Int) -> Float {
  Float(sumOfChunks(count) { rowSum(x + $0.lowerBound, $0.count) })
}

/// a₀b₀ + a₁b₁ + …, by fused multiply-adds, in the order of `sum`.
public func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int) -> Float {
  Float(sumOfChunks(count) { rowDot(a + $0.lowerBound, b + $0.lowerBound, $0.count) })
}

/// x₀² + x₁² + …, in the order of `sum`; its root is the norm that gradient clipping needs.
public func sumOfSquares(_ x: UnsafePointer<Float>, count: Int) -> Double {
  sumOfChunks(count) { rowDot(x + $0.lowerBound, x + $0.lowerBound, $0.count) }
}

/// `y[r] =` the sum of row `r` of `x`, which is `[rows, columns]`.
public func sumRows(
  _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, rows: Int, columns: Int
) {
  parallel(over: rows, grain: max(1, 32768 / max(1, columns))) { range in
    for row in range { y[row] = rowSum(x + row * columns, columns) }
  }
}

/// `y[c] += ` the sum of column `c` of `x`, which is `[rows, columns]`: the gradient of a bias.
///
/// One chain of additions over the rows, continued from what `y` holds, so that the rows may come
/// in several calls without a change of bits. Threads share out the columns.
public func addColumnSums(
  _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, rows: Int, columns: Int
) {
  parallel(over: columns, grain: max(64, 32768 / max(1, rows)), multiple: 16) { range in
    // Row by row, as memory lies: the sums stay in the nearest cache meanwhile.
    for row in 0..<rows {
      for (column, lanes) in LaneSteps(range) {
        let sum =
          Lane(y + column, first: lanes) + Lane(x + (row &* columns &+ column), first: lanes)
        sum.store(to: y + column, first: lanes)
      }
    }
  }
}

/// The sum of one row, in the order of `RowSum`.
@inline(__always) func rowSum(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
  var sum = RowSum()
  let blocks = count & ~63
  for i in stride(from: 0, to: blocks, by: 64) {
    for j in 0..<4 { sum.add(Lane(x + (i &+ 16 &* j))) }
  }
  for (i, lanes) in LaneSteps(blocks..<count) { sum.add(Lane(x + i, first: lanes)) }
  return sum.total
}

/// The dot product of two rows, in the order of `RowSum`.
@inline(__always)
func rowDot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) -> Float {
  var sum = RowSum()
  let blocks = count & ~63
  for i in stride(from: 0, to: blocks, by: 64) {
    for j in 0..<4 {
      let k = i &+ 16 &* j
      sum.addProduct(Lane(a + k), Lane(b + k))
    }
  }
  for (i, lanes) in LaneSteps(blocks..<count) {
    sum.addProduct(Lane(a + i, first: lanes), Lane(b + i, first: lanes))
  }
  return sum.total
}

/// The largest number of one row, −∞ if it is empty. A NaN may be passed over.
@inline(__always) func rowMaximum(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
  var a = Lane(repeating: -.infinity)
  var (b, c, d) = (a, a, a)
  let blocks = count & ~63
  for i in stride(from: 0, to: blocks, by: 64) {
    a = a.maximum(Lane(x + i))
    b = b.maximum(Lane(x + (i &+ 16)))
    c = c.maximum(Lane(x + (i &+ 32)))
    d = d.maximum(Lane(x + (i &+ 48)))
  }
  for (i, lanes) in LaneSteps(blocks..<count) {
    a = a.maximum(Lane(x + i, first: lanes, filler: -.infinity))
  }
  return a.maximum(b).maximum(c.maximum(d)).largest
}

private func sumOfChunks(_ count: Int, _ partial: (Range<Int>) -> Float) -> Double {
  if count <= chunk { return Double(partial(0..<count)) }
  let chunks = (count + chunk - 1) / chunk
  return Scratch.withFloats(chunks) { partials in
    parallel(over: chunks, grain: 4) { range in
      for index in range {
        partials[index] = partial(index * chunk..<min(count, (index + 1) * chunk))
      }
    }
    return (0..<chunks).reduce(0.0) { $0 + Double(partials[$1]) }
  }
}
