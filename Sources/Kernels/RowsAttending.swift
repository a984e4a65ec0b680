/// The floats of the largest tile of scores.
let scoreTile = queryRows * keyBlock

/// Some rows that attend to one block of keys after the other, and what is known of their results
/// so far.
struct RowsAttending {
  private let rows: QueryRows
  /// Working memory: a tile of scores.
  private let scores: UnsafeMutablePointer<Float>
  /// The queries times the scale, `shape.stride` floats apart.
  private let scaled: UnsafeMutablePointer<Float>
  /// The weighted sums of values so far, as far apart.
  private let results: UnsafeMutablePointer<Float>
  private let softmax: SoftmaxState

  /// How much memory the rows take.
  static func floats(_ rows: QueryRows) -> Int {
    2 * rows.count * rows.shape.stride + 3 * rows.padded
  }

  /// A view of memory of `floats(rows)` floats and of a tile of scores, which rows that take turns
  /// may share.
  init(
    _ rows: QueryRows, scores: UnsafeMutablePointer<Float>, memory: UnsafeMutablePointer<Float>
  ) {
    let queries = rows.count * rows.shape.stride
    let state = memory + 2 * queries
    self.rows = rows
    self.scores = scores
    scaled = memory
    results = memory + queries
    softmax = SoftmaxState(
      largest: state, sums: state + rows.padded, corrections: state + 2 * rows.padded)
  }

  /// No keys have been seen yet.
  func start(_ queries: UnsafePointer<Float>) {
    rows.gather(queries, times: rows.shape.scale, to: scaled)
    results.update(repeating: 0, count: rows.count * rows.shape.stride)
    softmax.largest.update(repeating: -.infinity, count: rows.padded)
    softmax.sums.update(repeating: 0, count: rows.padded)
  }

  /// The next block of keys and values, whose first is token `first`.
  func see(_ block: KeyValueBlock, _ first: Int) {
    let shape = rows.shape
    for tile in rows.tiles(seeing: first) {
      let seen = min(block.count, rows.visible(tile.upperBound - 1) - first)
      let columns = (seen + 15) & ~15
      multiplySerially(
        Matrix(
          scaled + tile.lowerBound * shape.stride, rows: tile.count, columns: shape.headWidth,
          stride: shape.stride),
        block.keys.slice(depth: 0..<shape.headWidth, columns: 0..<columns),
        into: Matrix(scores, rows: tile.count, columns: columns, stride: keyBlock),
        accumulate: false)
      softmax.update(tile, scores, results, rows, first)
      multiplySerially(
        Matrix(scores, rows: tile.count, columns: seen, stride: keyBlock),
        block.values.slice(depth: 0..<seen, columns: 0..<shape.headWidth),
        into: Matrix(
          results + tile.lowerBound * shape.stride, rows: tile.count, columns: shape.stride),
        accumulate: true)
    }
  }

  /// No keys are left.
  func finish(_ y: UnsafeMutablePointer<Float>, _ logSums: UnsafeMutablePointer<Float>?) {
    softmax.finish(rows, results, y, logSums)
  }
}
