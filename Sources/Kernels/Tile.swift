import CLanes

/// The heart of the matrix product: `rows × columns` lanes of sums that stay in registers while
/// the products of a whole depth are added to them.
///
/// Each of its floats is one chain of fused multiply-adds over the depth in ascending order, so
/// the shape of the tile shows in the time it takes and never in a bit of the result.
struct Tile<let rows: Int, let columns: Int> {
  private var sums: InlineArray<rows, InlineArray<columns, Lane>>

  @inline(__always) private init() {
    sums = .init(repeating: .init(repeating: Lane(repeating: 0)))
  }

  /// Computes the tile of `job`, whose left operand has its depth (`step` = 1) or its rows
  /// (`row` = 1) next to each other in memory.
  @inline(never) static func multiply(_ job: borrowing TileJob) {
    if job.aStep == 1 {
      multiply(job, aRow: job.aRow, aStep: 1)
    } else {
      multiply(job, aRow: 1, aStep: job.aStep)
    }
  }

  @inline(__always) private static func multiply(
    _ job: borrowing TileJob, aRow: Int, aStep: Int
  ) {
    var tile = Tile()
    let lastLane = job.columns - (columns - 1) * Lane.width
    if job.accumulate { tile.load(job.c, job.cRow, lastLane) }
    for i in 0..<rows {
      for j in 0..<columns {
        lanes_prefetch_write(job.next + (i &* job.cRow &+ j &* Lane.width))
      }
    }
    var a = job.a
    var b = job.b
    for _ in 0..<job.depth {
      var right = InlineArray<columns, Lane>(repeating: Lane(repeating: 0))
      for j in 0..<columns {
        let panel = j / Panels.lanes
        right[j] = Lane(b + (panel &* job.bPanel &+ (j % Panels.lanes) &* Lane.width))
      }
      for i in 0..<rows {
        let left = Lane(repeating: a[i &* aRow])
        for j in 0..<columns {
          tile.sums[i][j] = tile.sums[i][j].addingProduct(left, right[j])
        }
      }
      a += aStep
      b += job.bStep
    }
    tile.store(job.c, job.cRow, lastLane)
  }

  @inline(__always) private mutating func load(
    _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ lastLane: Int
  ) {
    for i in 0..<rows {
      for j in 0..<columns {
        let address = c + (i &* stride &+ j &* Lane.width)
        sums[i][j] =
          j < columns - 1 || lastLane == Lane.width
          ? Lane(address) : Lane(UnsafePointer(address), first: lastLane)
      }
    }
  }

  @inline(__always) private func store(
    _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ lastLane: Int
  ) {
    for i in 0..<rows {
      for j in 0..<columns {
        let address = c + (i &* stride &+ j &* Lane.width)
        if j < columns - 1 || lastLane == Lane.width {
          sums[i][j].store(to: address)
        } else {
          sums[i][j].store(to: address, first: lastLane)
        }
      }
    }
  }
}

/// What one tile computes: `rows` rows of the left operand times a few lanes of the right one.
struct TileJob {
  /// The left operand's first element; `aRow` floats to the next row, `aStep` to the next depth.
  /// One of the two is 1.
  var a: UnsafePointer<Float>
  var aRow: Int
  var aStep: Int
  /// The right operand's first lane; `bStep` floats to the next depth, `bPanel` to the next panel.
  var b: UnsafePointer<Float>
  var bStep: Int
  var bPanel: Int
  var c: UnsafeMutablePointer<Float>
  var cRow: Int
  /// Where the tile after this one goes: fetched into the cache meanwhile. Without it the stores
  /// of a wide result cost a tenth of the time of the whole product.
  var next: UnsafeMutablePointer<Float>
  var depth: Int
  /// How many columns of the result the tile covers; only its last lane may be partial.
  var columns: Int
  var accumulate: Bool
}
