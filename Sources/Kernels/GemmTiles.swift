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
  let count = (c.rows + tileRows - 1) / tileRows
  var column = 0
  while column < c.columns {
    let columns = min(Panels.width, c.columns - column)
    var row = 0
    for tile in 0..<count {
      let rows = (c.rows - row) / (count - tile)
      let left = a.address(row, 0)
      multiplyTile(
        TileJob(
          a: left, aRow: a.isTransposed ? 1 : a.stride, aStep: a.isTransposed ? a.stride : 1,
          b: b.base + column / Panels.width * b.stride, bStep: Panels.width, bPanel: b.stride,
          c: c.address(row, column), cRow: c.stride, depth: a.columns, columns: columns,
          accumulate: accumulate), rows: rows)
      row += rows
    }
    column += columns
  }
}

/// Edges have tiles of their own height, so that no work is masked away.
private func multiplyTile(_ job: TileJob, rows: Int) {
  if LANES_TILE_COLUMNS == 2 && job.columns > Lane.width {
    switch rows {
    case 1: Tile<1, 2>.multiply(job)
    case 2: Tile<2, 2>.multiply(job)
    case 3: Tile<3, 2>.multiply(job)
    case 4: Tile<4, 2>.multiply(job)
    case 5: Tile<5, 2>.multiply(job)
    case 6: Tile<6, 2>.multiply(job)
    case 7: Tile<7, 2>.multiply(job)
    case 8: Tile<8, 2>.multiply(job)
    case 9: Tile<9, 2>.multiply(job)
    case 10: Tile<10, 2>.multiply(job)
    case 11: Tile<11, 2>.multiply(job)
    default: Tile<12, 2>.multiply(job)
    }
  } else {
    switch rows {
    case 1: Tile<1, 1>.multiply(job)
    case 2: Tile<2, 1>.multiply(job)
    case 3: Tile<3, 1>.multiply(job)
    case 4: Tile<4, 1>.multiply(job)
    case 5: Tile<5, 1>.multiply(job)
    case 6: Tile<6, 1>.multiply(job)
    case 7: Tile<7, 1>.multiply(job)
    case 8: Tile<8, 1>.multiply(job)
    case 9: Tile<9, 1>.multiply(job)
    case 10: Tile<10, 1>.multiply(job)
    case 11: Tile<11, 1>.multiply(job)
    default: Tile<12, 1>.multiply(job)
    }
  }
}
