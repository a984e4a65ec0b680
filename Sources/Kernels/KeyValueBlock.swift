/// Up to 64 neighbouring keys and values of one head, packed.
///
/// To a row of scores the keys are a right operand `[headWidth, count]`, and to a row of results the
/// values are one of `[count, headWidth]`. Another token is thus another column of the one and
/// another row of the other, and what has been packed stays where it is.
struct KeyValueBlock {
  /// `[headWidth, count]`
  let keys: Panels
  /// `[count, headWidth]`
  let values: Panels

  var count: Int { keys.columns }

  /// How much memory a block takes, full or not.
  static func floats(headWidth: Int) -> Int {
    Panels.floats(depth: headWidth, columns: keyBlock)
      + Panels.floats(depth: keyBlock, columns: headWidth)
  }

  /// A view of memory of `floats(headWidth:)` floats.
  init(_ base: UnsafeMutablePointer<Float>, headWidth: Int, count: Int) {
    keys = Panels(base, depth: headWidth, columns: count)
    values = Panels(
      base + Panels.floats(depth: headWidth, columns: keyBlock), depth: keyBlock,
      columns: headWidth
    ).slice(depth: 0..<count, columns: 0..<headWidth)
  }

  /// Has the block fetched into the cache while other work goes on.
  func prefetch() {
    keys.prefetch()
    values.prefetch()
  }

  /// Packs the keys and values `[…, headWidth]` of the tokens from `start` to the end of the block.
  ///
  /// A panel of keys that earlier tokens have begun takes more of them one by one: a store for each
  /// float, each to a line of its own, which is next to nothing for one key and slow for many.
  func pack(keys new: Matrix, values newValues: Matrix, at start: Int) {
    let whole = min(count, (start + Panels.width - 1) / Panels.width * Panels.width)
    for key in start..<whole {
      let (panel, column) = key.quotientAndRemainder(dividingBy: Panels.width)
      let (from, to) = (new.address(key - start, 0), keys.base + (panel * keys.stride + column))
      for k in 0..<keys.depth { to[k &* Panels.width] = from[k] }
    }
    if whole < count {
      keys.slice(depth: 0..<keys.depth, columns: whole..<count)
        .pack(new[whole - start..<new.rows, 0..<new.columns].transposed)
    }
    values.slice(depth: start..<count, columns: 0..<values.columns).pack(newValues)
  }
}
