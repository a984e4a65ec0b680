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
      let (packed, offset) = (self.head(head), head * headWidth)
      packed.keys.appendColumns(
        Matrix(keys + offset, rows: count, columns: headWidth, stride: stride).transposed,
        at: start)
      packed.values.slice(depth: start..<start + count, columns: 0..<headWidth)
        .pack(Matrix(values + offset, rows: count, columns: headWidth, stride: stride))
    }
  }

  /// The tokens in `range`, which starts with a block, of one head.
  func block(_ head: Int, _ range: Range<Int>) -> KeyValueBlock {
    let packed = self.head(head)
    return KeyValueBlock(
      keys: packed.keys.slice(depth: 0..<headWidth, columns: range),
      values: packed.values.slice(depth: range, columns: 0..<headWidth))
  }

  private func head(_ head: Int) -> KeyValueBlock {
    let keys = Panels.floats(depth: headWidth, columns: capacity)
    let values = Panels.floats(depth: capacity, columns: headWidth)
    let base = base + head * (keys + values)
    return KeyValueBlock(
      keys: Panels(base, depth: headWidth, columns: capacity),
      values: Panels(base + keys, depth: capacity, columns: headWidth))
  }
}

/// Some keys and values of one head, packed.
struct KeyValueBlock {
  /// `[headWidth, keys]`
  let keys: Panels
  /// `[keys, headWidth]`
  let values: Panels
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
