/// The keys and values of one sequence in the order in which attention reads them, for a sequence
/// that grows: what `PackedMatrix` is for the weights of a decoder.
///
/// To a row of scores the keys of a head are a right operand `[headWidth, keys]`, and to a row of
/// results its values are one of `[keys, headWidth]`. Another token is thus another column of the
/// one and another row of the other, and what is packed once stays where it is.
///
/// A borrowed view, like `Matrix`: of memory of `floats(capacity:keyHeads:headWidth:)` floats.
public struct PackedKeysAndValues {
  /// The most tokens there is room for.
  public let capacity: Int
  /// How many heads of keys, and of values, a token has.
  public let keyHeads: Int
  /// Coordinates of a key or a value of one head.
  public let headWidth: Int
  private let base: UnsafeMutablePointer<Float>

  public init(
    _ base: UnsafeMutablePointer<Float>, capacity: Int, keyHeads: Int, headWidth: Int
  ) {
    self.base = base
    self.capacity = capacity
    self.keyHeads = keyHeads
    self.headWidth = headWidth
  }

  /// How much memory is needed. Keys are padded to a whole panel of tokens, values to panels of
  /// coordinates.
  public static func floats(capacity: Int, keyHeads: Int, headWidth: Int) -> Int {
    keyHeads
      * (Panels.floats(depth: headWidth, columns: capacity)
        + Panels.floats(depth: capacity, columns: headWidth))
  }

  /// Packs the keys and values `[count, keyHeads, headWidth]` of the tokens from `start` on, which
  /// follow those there are.
  public func append(
    keys: UnsafePointer<Float>, values: UnsafePointer<Float>, count: Int, at start: Int
  ) {
    precondition(start >= 0 && start + count <= capacity)
    let stride = keyHeads * headWidth
    for head in 0..<keyHeads {
      let offset = head * headWidth
      self.keys(head).appendColumns(
        Matrix(keys + offset, rows: count, columns: headWidth, stride: stride).transposed,
        at: start)
      self.values(head).slice(depth: start..<start + count, columns: 0..<headWidth)
        .pack(Matrix(values + offset, rows: count, columns: headWidth, stride: stride))
    }
  }

  /// The keys and values in `range`, a block of the first `count` of one head, and what is read
  /// after them if other heads are read to the same end.
  func block(_ head: Int, _ range: Range<Int>, of count: Int) -> KeyValueBlock {
    func keys(_ head: Int, from start: Int) -> Panels {
      self.keys(head).slice(
        depth: 0..<headWidth, columns: start..<min(count, start + keyBlock))
    }
    let following: Panels? =
      if range.upperBound < count {
        keys(head, from: range.upperBound)
      } else if head + 1 < keyHeads {
        keys(head + 1, from: 0)
      } else {
        nil
      }
    return KeyValueBlock(
      keys: keys(head, from: range.lowerBound),
      values: values(head).slice(depth: range, columns: 0..<headWidth), following: following)
  }

  /// `[headWidth, capacity]`
  private func keys(_ head: Int) -> Panels {
    Panels(base + head * floats, depth: headWidth, columns: capacity)
  }

  /// `[capacity, headWidth]`
  private func values(_ head: Int) -> Panels {
    let keys = Panels.floats(depth: headWidth, columns: capacity)
    return Panels(base + head * floats + keys, depth: capacity, columns: headWidth)
  }

  /// How far the heads lie apart.
  private var floats: Int {
    Self.floats(capacity: capacity, keyHeads: 1, headWidth: headWidth)
  }
}

/// A block of keys and values of one head, packed.
struct KeyValueBlock {
  /// `[headWidth, keys]`
  let keys: Panels
  /// `[keys, headWidth]`
  let values: Panels
  /// The keys of the block after this one, to be fetched meanwhile from where they are.
  let following: Panels?
}

extension Panels {
  /// Fills the columns from `start` on, the first that are not filled yet, from `b`, a transpose.
  ///
  /// A panel that others have begun takes its columns one by one: a store for each float, each to
  /// a line of its own, which is next to nothing for one column and would be slow for many.
  fileprivate func appendColumns(_ b: Matrix, at start: Int) {
    let rest = min(b.columns, (Panels.width - start % Panels.width) % Panels.width)
    for column in 0..<rest {
      let from = b.base + column * b.stride
      let (panel, lane) = (start + column).quotientAndRemainder(dividingBy: Panels.width)
      let to = base + (panel * stride + lane)
      for k in 0..<depth { to[k &* Panels.width] = from[k] }
    }
    if rest == b.columns { return }
    slice(depth: 0..<depth, columns: start + rest..<start + b.columns)
      .pack(b[0..<depth, rest..<b.columns])
  }
}
