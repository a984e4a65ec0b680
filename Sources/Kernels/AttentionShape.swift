/// The sizes of causal grouped-query attention (Ainslie et al., 2023, arXiv:2305.13245) over
/// sequences of equal length.
///
/// Queries are `[sequences, queries, heads, headWidth]`, keys and values
/// `[sequences, keys, keyHeads, headWidth]`. The last query stands at the last key: with as many
/// queries as keys this is training or prefill, with fewer they follow those that filled a cache.
///
///     AttentionShape(sequences: 8, queries: 128, heads: 4, keyHeads: 2, headWidth: 32)
///     AttentionShape(queries: 1, keys: 57, heads: 4, keyHeads: 2, headWidth: 32)  // decoding
public struct AttentionShape: Sendable {
  /// How many sequences, none of which sees another.
  public let sequences: Int
  /// Queries of each sequence.
  public let queries: Int
  /// Keys, and values, of each sequence.
  public let keys: Int
  /// Query heads; head h reads key head h ∕ (heads ∕ keyHeads).
  public let heads: Int
  /// Heads of keys and values, a divisor of `heads`.
  public let keyHeads: Int
  /// Coordinates of a query, a key or a value of one head.
  public let headWidth: Int
  /// What scores are multiplied by before the softmax.
  public let scale: Float

  /// `keys` defaults to `queries`, `keyHeads` to `heads`, and `scale` to 1 ∕ √headWidth.
  public init(
    sequences: Int = 1, queries: Int, keys: Int? = nil, heads: Int, keyHeads: Int? = nil,
    headWidth: Int, scale: Float? = nil
  ) {
    let (keys, keyHeads) = (keys ?? queries, keyHeads ?? heads)
    precondition(
      sequences >= 0 && queries >= 0 && keys >= queries,
      "\(queries) queries cannot end at the last of \(keys) keys, in \(sequences) sequences")
    precondition(
      keyHeads > 0 && heads > 0 && heads % keyHeads == 0 && headWidth > 0,
      "\(heads) heads of width \(headWidth) do not share \(keyHeads) key heads evenly")
    self.sequences = sequences
    self.queries = queries
    self.keys = keys
    self.heads = heads
    self.keyHeads = keyHeads
    self.headWidth = headWidth
    self.scale = scale ?? 1 / Float(headWidth).squareRoot()
  }

  /// How many query heads share a key head.
  var group: Int { heads / keyHeads }

  /// The position of the first query.
  var offset: Int { keys - queries }

  /// The head width, rounded up to whole lanes: how far rows of working memory lie apart.
  var stride: Int { (headWidth + 15) & ~15 }

  /// The first of the `group` heads of a token that read `keyHead`, in `[…, heads, headWidth]`.
  func query(_ sequence: Int, _ token: Int, _ keyHead: Int) -> Int {
    ((sequence * queries + token) * heads + keyHead * group) * headWidth
  }

  /// A key or value, in `[…, keyHeads, headWidth]`.
  func key(_ sequence: Int, _ token: Int, _ keyHead: Int) -> Int {
    ((sequence * keys + token) * keyHeads + keyHead) * headWidth
  }

  /// A view of `count` keys or values of one head, `[count, headWidth]`.
  func block(
    _ base: UnsafeMutablePointer<Float>, _ sequence: Int, _ first: Int, _ count: Int,
    _ keyHead: Int
  ) -> Matrix {
    Matrix(
      base + key(sequence, first, keyHead), rows: count, columns: headWidth,
      stride: keyHeads * headWidth)
  }

  /// A view of `count` keys or values of one head that will only be read.
  func block(
    _ base: UnsafePointer<Float>, _ sequence: Int, _ first: Int, _ count: Int, _ keyHead: Int
  ) -> Matrix {
    block(UnsafeMutablePointer(mutating: base), sequence, first, count, keyHead)
  }
}
