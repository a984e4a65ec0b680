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
  public let sequences: Int
  /// Queries of each sequence.
  public let queries: Int
  /// Keys, and values, of each sequence.
  public let keys: Int
  /// Query heads; head h reads key head h ∕ (heads ∕ keyHeads).
  public let heads: Int
  public let keyHeads: Int
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

/// Keys are worked off in blocks of this many, which start at multiples of it: with the order
/// within a block this fixes the order of every sum, whatever else is computed along with it.
let keyBlock = 64

/// How many rows, a query of one head each, are worked off together: four tiles of a product high,
/// and few enough that little of what is computed lies behind the causal mask.
let queryRows = 48

/// The rows of one task, a query of one head each: all the heads of a group for one query, then
/// for the next.
struct QueryRows {
  let shape: AttentionShape
  let sequence: Int
  let keyHead: Int
  /// Which queries.
  let tokens: Range<Int>

  var count: Int { tokens.count * shape.group }

  /// How many keys a row sees.
  @inline(__always) func visible(_ row: Int) -> Int {
    shape.offset + tokens.lowerBound + row / shape.group + 1
  }

  /// The tiles of rows of which any sees key `first`, without the rows that do not.
  func tiles(seeing first: Int) -> some Sequence<Range<Int>> {
    let unseeing = max(0, (first - shape.offset - tokens.lowerBound) * shape.group)
    return stride(from: unseeing / queryRows * queryRows, to: count, by: queryRows).lazy.map {
      max(unseeing, $0)..<min(count, $0 + queryRows)
    }
  }

  /// Copies the rows of `x`, `[…, heads, headWidth]`, times `factor`, to rows `shape.stride` apart.
  func gather(_ x: UnsafePointer<Float>, times factor: Float, to y: UnsafeMutablePointer<Float>) {
    for row in 0..<count {
      let (x, y) = (x + start(row), y + row * shape.stride)
      for (i, lanes) in LaneSteps(0..<shape.headWidth) {
        (Lane(at: x + i, lanes) * factor).store(at: y + i, lanes)
      }
    }
  }

  /// Where a row begins in `[…, heads, headWidth]`.
  @inline(__always) func start(_ row: Int) -> Int {
    let (token, head) = row.quotientAndRemainder(dividingBy: shape.group)
    return shape.query(sequence, tokens.lowerBound + token, keyHead) + head * shape.headWidth
  }
}
