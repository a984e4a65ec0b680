/// The gradients of `attend`, from the gradient `dy` of its result `y` and from its `logSums`.
///
/// With s the scaled scores, the weights come back as `w = exp(s − logSum)`, and
///
///     dv = wᵀ dy      ds = w ⊙ (dy vᵀ − ⟨dy, y⟩)      dq = scale · ds k      dk = scale · dsᵀ q
///
/// Each element of dv and dk is one chain of fused multiply-adds over the rows that see the key
/// (a query of one head of the group each, in order), and each of dq one over the keys. Threads
/// share out sequences and key heads. All is added to what is there if `accumulate`.
public func attendBackward(
  queries: UnsafePointer<Float>, keys: UnsafePointer<Float>, values: UnsafePointer<Float>,
  y: UnsafePointer<Float>, logSums: UnsafePointer<Float>, dy: UnsafePointer<Float>,
  dqueries: UnsafeMutablePointer<Float>, dkeys: UnsafeMutablePointer<Float>,
  dvalues: UnsafeMutablePointer<Float>, shape: AttentionShape, accumulate: Bool
) {
  let pairs = shape.sequences * shape.keyHeads
  if !accumulate {
    let count = shape.sequences * shape.keys * shape.keyHeads * shape.headWidth
    dkeys.update(repeating: 0, count: count)
    dvalues.update(repeating: 0, count: count)
  }
  if shape.queries == 0 { return }
  let body = { (pair: Int) in
    let rows = QueryRows(
      shape: shape, sequence: pair / shape.keyHeads, keyHead: pair % shape.keyHeads,
      tokens: 0..<shape.queries)
    Scratch.withFloats(AttentionGradient.floats(rows)) { scratch in
      let gradient = AttentionGradient(rows, scratch)
      gradient.prepare(queries: queries, y: y, logSums: logSums, dy: dy)
      for first in stride(from: 0, to: shape.keys, by: keyBlock) {
        let count = min(keyBlock, shape.keys - first)
        gradient.pack(
          keys: shape.block(keys, rows.sequence, first, count, rows.keyHead),
          values: shape.block(values, rows.sequence, first, count, rows.keyHead))
        let dkeyBlock = shape.block(dkeys, rows.sequence, first, count, rows.keyHead)
        let dvalueBlock = shape.block(dvalues, rows.sequence, first, count, rows.keyHead)
        for tile in rows.tiles(seeing: first) {
          gradient.add(tile, first, toKeys: dkeyBlock, values: dvalueBlock)
        }
      }
      gradient.finish(into: dqueries, accumulate)
    }
  }
  if pairs * shape.group * shape.queries * shape.keys * shape.headWidth < 1 << 17 {
    for pair in 0..<pairs { body(pair) }
  } else {
    parallel(pairs, body)
  }
}

/// The working memory of the gradients of one key head of one sequence.
private struct AttentionGradient {
  private let rows: QueryRows
  /// Scaled queries, gradients of the result, and of the scaled queries: `[rows, stride]` each.
  private let queries, slopes, dqueries: UnsafeMutablePointer<Float>
  /// The first two again, as right operands: `[rows, headWidth]`.
  private let queryPanels, slopePanels: Panels
  /// For each row, ln Σ exp of its scores, and ⟨dy, y⟩.
  private let logSums, means: UnsafeMutablePointer<Float>
  /// A tile of weights, and of the gradients of scores: `[queryRows, keyBlock]`.
  private let weights, dscores: UnsafeMutablePointer<Float>
  /// A block of keys as right operand, transposed and not, and of values transposed.
  private let transposedKeys, transposedValues, blockKeys: UnsafeMutablePointer<Float>

  static func floats(_ rows: QueryRows) -> Int {
    let shape = rows.shape
    return rows.count * (3 * shape.stride + 2) + 2 * queryRows * keyBlock
      + 2 * Panels.floats(depth: rows.count, columns: shape.headWidth)
      + 2 * Panels.floats(depth: shape.headWidth, columns: keyBlock)
      + Panels.floats(depth: keyBlock, columns: shape.headWidth)
  }

  init(_ rows: QueryRows, _ scratch: UnsafeMutablePointer<Float>) {
    self.rows = rows
    let (width, stride) = (rows.shape.headWidth, rows.shape.stride)
    var free = scratch
    func reserve(_ count: Int) -> UnsafeMutablePointer<Float> {
      defer { free += count }
      return free
    }
    weights = reserve(queryRows * keyBlock)
    dscores = reserve(queryRows * keyBlock)
    transposedKeys = reserve(Panels.floats(depth: width, columns: keyBlock))
    transposedValues = reserve(Panels.floats(depth: width, columns: keyBlock))
    blockKeys = reserve(Panels.floats(depth: keyBlock, columns: width))
    queryPanels = Panels(
      reserve(Panels.floats(depth: rows.count, columns: width)), depth: rows.count, columns: width)
    slopePanels = Panels(
      reserve(Panels.floats(depth: rows.count, columns: width)), depth: rows.count, columns: width)
    queries = reserve(rows.count * stride)
    slopes = reserve(rows.count * stride)
    dqueries = reserve(rows.count * stride)
    logSums = reserve(rows.count)
    means = reserve(rows.count)
  }

  /// Gathers the rows.
  func prepare(
    queries: UnsafePointer<Float>, y: UnsafePointer<Float>, logSums: UnsafePointer<Float>,
    dy: UnsafePointer<Float>
  ) {
    let shape = rows.shape
    rows.gather(queries, times: shape.scale, to: self.queries)
    rows.gather(dy, times: 1, to: slopes)
    queryPanels.pack(view(self.queries, 0..<rows.count))
    slopePanels.pack(view(slopes, 0..<rows.count))
    dqueries.update(repeating: 0, count: rows.count * shape.stride)
    for row in 0..<rows.count {
      let start = rows.start(row)
      self.logSums[row] = logSums[start / shape.headWidth]
      means[row] = rowDot(dy + start, y + start, shape.headWidth)
    }
  }

  /// Packs a block of keys and of values, `[count, headWidth]` each.
  func pack(keys: Matrix, values: Matrix) {
    let (width, count) = (rows.shape.headWidth, keys.rows)
    Panels(transposedKeys, depth: width, columns: count).pack(keys.transposed)
    Panels(transposedValues, depth: width, columns: count).pack(values.transposed)
    Panels(blockKeys, depth: count, columns: width).pack(keys)
  }

  /// Adds what a tile of rows contributes through the packed block, whose first key is `first`, to
  /// the gradients of the block's keys and values and of the rows' queries.
  func add(_ tile: Range<Int>, _ first: Int, toKeys dkeys: Matrix, values dvalues: Matrix) {
    let width = rows.shape.headWidth
    let seen = min(dkeys.rows, rows.visible(tile.upperBound - 1) - first)
    let columns = (seen + 15) & ~15
    for (left, right, product) in [
      (queries, transposedKeys, weights), (slopes, transposedValues, dscores),
    ] {
      multiplySerially(
        view(left, tile), Panels(right, depth: width, columns: columns),
        into: Matrix(product, rows: tile.count, columns: columns, stride: keyBlock),
        accumulate: false)
    }
    for row in tile {
      let base = (row - tile.lowerBound) * keyBlock
      differentiate(
        weights + base, dscores + base, rows.visible(row) - first, logSums[row], means[row])
    }
    let w = Matrix(weights, rows: tile.count, columns: seen, stride: keyBlock)
    let ds = Matrix(dscores, rows: tile.count, columns: seen, stride: keyBlock)
    multiplySerially(
      w.transposed, slopePanels.slice(depth: tile, columns: 0..<width),
      into: dvalues[0..<seen, 0..<width], accumulate: true)
    multiplySerially(
      ds.transposed, queryPanels.slice(depth: tile, columns: 0..<width),
      into: dkeys[0..<seen, 0..<width], accumulate: true)
    multiplySerially(
      ds,
      Panels(blockKeys, depth: dkeys.rows, columns: width).slice(
        depth: 0..<seen, columns: 0..<width),
      into: view(dqueries, tile), accumulate: true)
  }

  /// Puts the gradients of the queries in their place.
  func finish(into dqueries: UnsafeMutablePointer<Float>, _ accumulate: Bool) {
    let shape = rows.shape
    let scale = Lane(repeating: shape.scale)
    for row in 0..<rows.count {
      let (from, to) = (self.dqueries + row * shape.stride, dqueries + rows.start(row))
      for (i, lanes) in LaneSteps(0..<shape.headWidth) {
        let before = accumulate ? Lane(to + i, first: lanes) : .zero
        before.addingProduct(Lane(from + i, first: lanes), scale).store(to: to + i, first: lanes)
      }
    }
  }

  private func view(_ base: UnsafeMutablePointer<Float>, _ tile: Range<Int>) -> Matrix {
    Matrix(
      base + tile.lowerBound * rows.shape.stride, rows: tile.count,
      columns: rows.shape.headWidth, stride: rows.shape.stride)
  }
}

/// Turns a row of scores into weights, and the products of dy with the values into the gradients
/// of the scores; both zero where the key is not visible.
@inline(__always)
private func differentiate(
  _ weights: UnsafeMutablePointer<Float>, _ dscores: UnsafeMutablePointer<Float>, _ visible: Int,
  _ logSum: Float, _ mean: Float
) {
  for i in stride(from: 0, to: keyBlock, by: 16) {
    let lanes = max(0, min(16, visible - i))
    let weight = exponential(Lane(weights + i, first: lanes, filler: -.infinity) - logSum)
    weight.store(to: weights + i)
    (weight * (Lane(dscores + i, first: lanes) - mean)).store(to: dscores + i)
  }
}
