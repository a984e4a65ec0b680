import CLanes

/// Up to 64 neighbouring keys and values of one head in eight bits: the scales of the keys, those of the
/// values, and the codes in the order in which a `KeyValueBlock` has its floats.
///
/// Each is rounded once, as it comes, by itself. Attention reads the block into floats before it works on
/// it, so that a query has the bits that it has over keys and values rounded beforehand.
struct RoundedKeyValueBlock {
  private let scales: UnsafeMutablePointer<Float>
  private let keyCodes, valueCodes: UnsafeMutablePointer<Int8>
  private let headWidth: Int

  /// How much memory a block takes, full or not.
  static func bytes(headWidth: Int) -> Int {
    2 * keyBlock * MemoryLayout<Float>.stride + KeyValueBlock.floats(headWidth: headWidth)
  }

  /// A view of memory of `bytes(headWidth:)` bytes, aligned for floats.
  init(_ base: UnsafeMutableRawPointer, headWidth: Int) {
    self.headWidth = headWidth
    scales = base.assumingMemoryBound(to: Float.self)
    keyCodes = (base + 2 * keyBlock * MemoryLayout<Float>.stride)
      .assumingMemoryBound(to: Int8.self)
    valueCodes = keyCodes + Panels.floats(depth: headWidth, columns: keyBlock)
  }

  /// Rounds the keys and values `[…, headWidth]` of the tokens from `start` on.
  func append(keys: Matrix, values: Matrix, at start: Int) {
    for row in 0..<keys.rows {
      append(key: keys.address(row, 0), value: values.address(row, 0), at: start + row)
    }
  }

  private func append(
    key: UnsafePointer<Float>, value: UnsafePointer<Float>, at place: Int
  ) {
    let keyScale = EightBits.scale(key, headWidth)
    let valueScale = EightBits.scale(value, headWidth)
    scales[place] = keyScale
    scales[keyBlock + place] = valueScale
    let (panel, column) = place.quotientAndRemainder(dividingBy: Panels.width)
    let keyColumn = keyCodes + (panel * headWidth * Panels.width + column)
    for (i, lanes) in LaneSteps(0..<headWidth) {
      let codes = EightBits.codes(Lane(key + i, first: lanes), scale: keyScale)
      for k in 0..<lanes { keyColumn[(i &+ k) &* Panels.width] = Int8(codes[k]) }
    }
    // The panels of a value reach beyond its width, with zeros.
    for panel in 0..<(headWidth + Panels.width - 1) / Panels.width {
      for lane in 0..<Panels.lanes {
        let first = panel * Panels.width + lane * Lane.width
        let x = Lane(value + first, first: min(Lane.width, max(0, headWidth - first)))
        lanes_store_bytes(
          valueCodes + ((panel * keyBlock + place) * Panels.width + lane * Lane.width),
          EightBits.codes(x, scale: valueScale))
      }
    }
  }

  /// Makes floats of the keys and values that `block` has room for.
  func read(into block: KeyValueBlock) {
    for panel in 0..<block.keys.count {
      for lane in 0..<Panels.lanes {
        let column = panel * Panels.width + lane * Lane.width
        let offset = panel * headWidth * Panels.width + lane * Lane.width
        read(
          keyCodes + offset, Lane(scales + column), into: block.keys.base + offset,
          depth: headWidth)
      }
    }
    for panel in 0..<block.values.count {
      let offset = panel * keyBlock * Panels.width
      for token in 0..<block.count {
        let scale = Lane(repeating: scales[keyBlock + token])
        for lane in 0..<Panels.lanes {
          read(
            valueCodes + (offset + token * Panels.width + lane * Lane.width), scale,
            into: block.values.base + (offset + token * Panels.width + lane * Lane.width), depth: 1)
        }
      }
    }
  }

  /// A column of lanes, as wide a panel apart.
  @inline(__always) private func read(
    _ codes: UnsafePointer<Int8>, _ scale: Lane, into x: UnsafeMutablePointer<Float>, depth: Int
  ) {
    for k in 0..<depth {
      (lanes_load_bytes(codes + k &* Panels.width) * scale).store(to: x + k &* Panels.width)
    }
  }

  /// Has the block fetched into the cache while other work goes on.
  func prefetch() {
    let lines = Self.bytes(headWidth: headWidth) / 64
    for line in 0..<lines { lanes_prefetch(scales + 16 * line) }
  }
}
