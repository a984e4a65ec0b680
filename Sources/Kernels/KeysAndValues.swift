/// The keys and values of one sequence that grows, as a cache holds them: in blocks of 64 tokens, in each
/// block the heads, so that a token which looks back at all the others reads memory from one end to the
/// other.
protocol KeysAndValues {
  /// The most tokens there is room for.
  var capacity: Int { get }
  /// How many heads of keys, and of values, a token has.
  var keyHeads: Int { get }
  /// Coordinates of a key or a value of one head.
  var headWidth: Int { get }

  /// How many floats of working memory a block takes.
  static func workingFloats(headWidth: Int) -> Int

  /// `count` keys and values of one head from token `first` on, with which a block begins; valid until the
  /// working memory is used again.
  func block(
    _ head: Int, _ first: Int, _ count: Int, in memory: UnsafeMutablePointer<Float>
  ) -> KeyValueBlock

  /// Has such a block fetched into the cache while other work goes on.
  func prefetch(_ head: Int, _ first: Int, _ count: Int)
}
