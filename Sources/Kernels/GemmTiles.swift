import CLanes

/// The most rows of a tile.
private var tileRows: Int { Int(LANES_TILE_ROWS) }

/// C = A·B or C += A·B on this thread alone, from panels packed beforehand: what is left of a
/// matrix product once its blocks fit the cache, and all there is to one of a small tile, such
/// as the scores of attention.
///
/// `a` is `[m, k]`, perhaps a transpose, `b` has depth k and n columns, `c` is `[m, n]` and stored
/// by rows. No memory is allocated and nothing is copied.
func multiplySerially(_ a: Matrix, _ b: Panels, into c: Matrix, accumulate: Bool) {
  let tiles = (c.rows + tileRows - 1) / tileRows
  let run = panelsPerTile(rows: (c.rows + tiles - 1) / max(1, tiles), of: b.count)
  let runs = c.columns / (run * Panels.width)
  // The operand that is the dearer to walk through stays put while the other passes by: a row of
  // tiles or, when the left one is a transpose and a tile of it scattered over the memory, a panel.
  // To gather the tiles of a transpose first took a tenth more time: then nothing hides the misses.
  let rowsStay = !a.isTransposed
  for outer in 0..<(rowsStay ? tiles : runs) {
    for inner in 0..<(rowsStay ? runs : tiles) {
      let (tile, panel) = rowsStay ? (outer, inner * run) : (inner, outer * run)
      multiplyTile(a, b, into: c, accumulate, tile, of: tiles, panel: panel, run)
    }
  }
  for panel in runs * run..<b.count {
    for tile in 0..<tiles {
      multiplyTile(a, b, into: c, accumulate, tile, of: tiles, panel: panel, 1)
    }
  }
}

/// A fused multiply-add takes four cycles or five, and a core starts two in each; a tile of fewer
/// than ten or so sums would wait for itself. So few rows are summed in several of the `count` panels
/// at a time.
private func panelsPerTile(rows: Int, of count: Int) -> Int {
  let few = Panels.lanes == 2 ? 3 : 1
  return rows <= few && count >= 4 ? 4 : rows <= 2 * few && count >= 2 ? 2 : 1
}

/// Tile `tile` of the `tiles` that share the rows evenly, in `panels` panels from `panel` on.
@inline(__always) private func multiplyTile(
  _ a: Matrix, _ b: Panels, into c: Matrix, _ accumulate: Bool, _ tile: Int, of tiles: Int,
  panel: Int, _ panels: Int
) {
  let row = tile * c.rows / tiles
  let rows = (tile + 1) * c.rows / tiles - row
  let column = panel * Panels.width
  let columns = min(panels * Panels.width, c.columns - column)
  let base = c.address(row, column)
  let job = TileJob(
    a: a.address(row, 0), aRow: a.isTransposed ? 1 : a.stride,
    aStep: a.isTransposed ? a.stride : 1, b: b.base + panel * b.stride, bStep: Panels.width,
    bPanel: b.stride, c: base, cRow: c.stride,
    next: base + (a.isTransposed ? rows * c.stride : columns), depth: a.columns,
    columns: columns, accumulate: accumulate)
  switch (columns + Lane.width - 1) / Lane.width {
  case 1: TileColumn<1>.multiply(job, rows: rows)
  case 2: TileColumn<2>.multiply(job, rows: rows)
  case 4: TileColumn<4>.multiply(job, fewRows: rows)
  default: TileColumn<8>.multiply(job, fewRows: rows)
  }
}

/// Tiles of one width and any height: the edges have tiles of their own, so that no work is masked
/// away.
private enum TileColumn<let columns: Int> {
  @inline(__always) static func multiply(_ job: TileJob, rows: Int) {
    switch rows {
    case 1: Tile<1, columns>.multiply(job)
    case 2: Tile<2, columns>.multiply(job)
    case 3: Tile<3, columns>.multiply(job)
    case 4: Tile<4, columns>.multiply(job)
    case 5: Tile<5, columns>.multiply(job)
    case 6: Tile<6, columns>.multiply(job)
    case 7: Tile<7, columns>.multiply(job)
    case 8: Tile<8, columns>.multiply(job)
    case 9: Tile<9, columns>.multiply(job)
    case 10: Tile<10, columns>.multiply(job)
    case 11: Tile<11, columns>.multiply(job)
    default: Tile<12, columns>.multiply(job)
    }
  }

  @inline(__always) static func multiply(_ job: TileJob, fewRows rows: Int) {
    switch rows {
    case 1: Tile<1, columns>.multiply(job)
    case 2: Tile<2, columns>.multiply(job)
    case 3: Tile<3, columns>.multiply(job)
    case 4: Tile<4, columns>.multiply(job)
    case 5: Tile<5, columns>.multiply(job)
    default: Tile<6, columns>.multiply(job)
    }
  }
}
