import CLanes

/// The keys and values of one sequence in eight bits, with a scale for each key and each value of a head:
/// a little more than a quarter of the memory of `PackedKeysAndValues`, in the same order.
///
/// They are rounded once, as they come, each by itself. Attention reads a block into floats before it
/// works on it, so that a query has the bits that it has over keys and values rounded beforehand.
///
/// A borrowed view: of memory of `bytes(capacity:keyHeads:headWidth:)` bytes, aligned for floats.
public struct RoundedKeysAndValues: KeysAndValues {
  public let capacity: Int
  public let keyHeads: Int
  public let headWidth: Int
  private let base: UnsafeMutableRawPointer

  public init(
    _ base: UnsafeMutableRawPointer, capacity: Int, keyHeads: Int, headWidth: Int
  ) {
    self.base = base
    self.capacity = capacity
    self.keyHeads = keyHeads
    self.headWidth = headWidth
  }

  /// How much memory is needed: the capacity is rounded up to whole blocks of 64 tokens, and the
  /// width of a value to that of a panel, 16 or 32 bytes.
  public static func bytes(capacity: Int, keyHeads: Int, headWidth: Int) -> Int {
    (capacity + keyBlock - 1) / keyBlock * keyHeads * Stored.bytes(headWidth: headWidth)
  }

  /// Rounds the keys and values `[count, keyHeads, headWidth]` of the tokens from `start` on, which
  /// follow those there are.
  public func append(
    keys: UnsafePointer<Float>, values: UnsafePointer<Float>, count: Int, at start: Int
  ) {
    precondition(start >= 0 && start + count <= capacity)
    for index in 0..<count {
      let (block, place) = (start + index).quotientAndRemainder(dividingBy: keyBlock)
      for head in 0..<keyHeads {
        let offset = (index * keyHeads + head) * headWidth
        stored(head, block * keyBlock).append(key: keys + offset, value: values + offset, at: place)
      }
    }
  }

  static func workingFloats(headWidth: Int) -> Int { KeyValueBlock.floats(headWidth: headWidth) }

  func block(
    _ head: Int, _ first: Int, _ count: Int, in memory: UnsafeMutablePointer<Float>
  ) -> KeyValueBlock {
    let block = KeyValueBlock(memory, headWidth: headWidth, count: count)
    stored(head, first).read(into: block)
    return block
  }

  func prefetch(_ head: Int, _ first: Int, _ count: Int) { stored(head, first).prefetch() }

  private func stored(_ head: Int, _ first: Int) -> Stored {
    let bytes = Stored.bytes(headWidth: headWidth)
    return Stored(base + (first / keyBlock * keyHeads + head) * bytes, headWidth: headWidth)
  }
}

/// Up to 64 keys and values of one head: the scales of the keys, those of the values, and the codes in the
/// order in which a `KeyValueBlock` has its floats.
private struct Stored {
  private let scales: UnsafeMutablePointer<Float>
  private let keyCodes, valueCodes: UnsafeMutablePointer<Int8>
  private let headWidth: Int

  static func bytes(headWidth: Int) -> Int {
    2 * keyBlock * MemoryLayout<Float>.stride + KeyValueBlock.floats(headWidth: headWidth)
  }

  init(_ base: UnsafeMutableRawPointer, headWidth: Int) {
    self.headWidth = headWidth
    scales = base.assumingMemoryBound(to: Float.self)
    keyCodes = (scales + 2 * keyBlock).withMemoryRebound(to: Int8.self, capacity: 1) { $0 }
    valueCodes = keyCodes + Panels.floats(depth: headWidth, columns: keyBlock)
  }

  func append(key: UnsafePointer<Float>, value: UnsafePointer<Float>, at place: Int) {
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

  func prefetch() {
    let lines = Self.bytes(headWidth: headWidth) / 64
    for line in 0..<lines { lanes_prefetch(scales + 16 * line) }
  }
}
