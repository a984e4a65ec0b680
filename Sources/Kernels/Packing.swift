import CLanes

/// A right operand `[depth, columns]` cut into panels of as many columns as a tile is wide, each
/// panel stored one depth after the other: the order in which a tile reads it.
///
/// The columns of the last panel beyond `columns` hold zeros. A borrowed view, like `Matrix`.
struct Panels {
  /// The lanes, and the floats, across one panel.
  @inline(__always) static var lanes: Int { Int(LANES_TILE_COLUMNS) }
  @inline(__always) static var width: Int { lanes * Lane.width }

  let base: UnsafeMutablePointer<Float>
  let depth: Int
  let columns: Int
  /// How many floats lie between the starts of two panels.
  let stride: Int

  var count: Int { (columns + Panels.width - 1) / Panels.width }

  /// Panels over memory of at least `Panels.floats(depth, columns)` floats, yet to be filled.
  init(_ base: UnsafeMutablePointer<Float>, depth: Int, columns: Int) {
    self.init(base, depth: depth, columns: columns, stride: depth * Panels.width)
  }

  private init(_ base: UnsafeMutablePointer<Float>, depth: Int, columns: Int, stride: Int) {
    self.base = base
    self.depth = depth
    self.columns = columns
    self.stride = stride
  }

  /// How many floats the panels of a `[depth, columns]` operand occupy.
  static func floats(depth: Int, columns: Int) -> Int {
    (columns + width - 1) / width * width * depth
  }

  /// The part of these panels at the given depths and columns, which start with a panel.
  func slice(depth: Range<Int>, columns: Range<Int>) -> Panels {
    Panels(
      base + (columns.lowerBound / Panels.width * stride + depth.lowerBound * Panels.width),
      depth: depth.count, columns: columns.count, stride: stride)
  }

  /// Has these panels fetched into the cache while other work goes on.
  func prefetch() {
    for panel in 0..<count {
      let start = base + panel * stride
      for lane in 0..<depth * Panels.lanes { lanes_prefetch(start + lane * Lane.width) }
    }
  }

  /// Fills these panels, or only those in `range`, from `b`, `[depth, columns]`.
  func pack(_ b: Matrix, panels range: Range<Int>? = nil) {
    for panel in range ?? 0..<count {
      let start = panel * Panels.width
      let width = min(Panels.width, columns - start)
      let to = base + panel * stride
      if b.isTransposed {
        packTransposed(b.base + start * b.stride, b.stride, width, to)
      } else {
        packRows(b.base + start, b.stride, width, to)
      }
    }
  }

  private func packRows(
    _ from: UnsafePointer<Float>, _ stride: Int, _ width: Int, _ to: UnsafeMutablePointer<Float>
  ) {
    if width == Panels.width {
      for k in 0..<depth {
        for lane in 0..<Panels.lanes {
          Lane(from + (k &* stride &+ lane &* Lane.width))
            .store(to: to + (k &* Panels.width &+ lane &* Lane.width))
        }
      }
    } else {
      for k in 0..<depth {
        for lane in 0..<Panels.lanes {
          let first = min(Lane.width, max(0, width - lane * Lane.width))
          Lane(from + (k &* stride &+ lane &* Lane.width), first: first)
            .store(to: to + (k &* Panels.width &+ lane &* Lane.width))
        }
      }
    }
  }

  private func packTransposed(
    _ from: UnsafePointer<Float>, _ stride: Int, _ width: Int, _ to: UnsafeMutablePointer<Float>
  ) {
    for lane in 0..<Panels.lanes {
      let column = lane * Lane.width
      let from = from + column * stride
      let to = to + column
      let count = min(Lane.width, max(0, width - column))
      var k = 0
      if count == Lane.width {
        while k + Lane.width <= depth {
          lanes_transpose(from + k, stride, to + k * Panels.width, Panels.width)
          k += Lane.width
        }
      }
      while k < depth {
        for j in 0..<Lane.width {
          to[k &* Panels.width &+ j] = j < count ? from[j &* stride &+ k] : 0
        }
        k += 1
      }
    }
  }
}
