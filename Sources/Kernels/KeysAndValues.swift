/// The keys and values of one sequence that grows, as a cache holds them: packed once, as they come, and
/// read by every token that follows.
///
/// They lie in blocks of 64 tokens, in each block the heads, and of each head first the keys and then the
/// values: so a token that looks back at all the others reads memory from one end to the other. Numbers
/// are floats; or, in a little more than a quarter of the memory, whole numbers of eight bits with a scale
/// for each key and each value of a head.
///
/// A borrowed view, like `Matrix`: of memory of `bytes(capacity:keyHeads:headWidth:isRounded:)` bytes,
/// aligned for floats.
public struct KeysAndValues {
  /// The most tokens there is room for.
  public let capacity: Int
  /// How many heads of keys, and of values, a token has.
  public let keyHeads: Int
  /// Coordinates of a key or a value of one head.
  public let headWidth: Int
  /// Whether numbers have eight bits.
  public let isRounded: Bool
  private let base: UnsafeMutableRawPointer

  public init(
    _ base: UnsafeMutableRawPointer, capacity: Int, keyHeads: Int, headWidth: Int, isRounded: Bool
  ) {
    self.base = base
    self.capacity = capacity
    self.keyHeads = keyHeads
    self.headWidth = headWidth
    self.isRounded = isRounded
  }

  /// How much memory is needed: the capacity is rounded up to whole blocks of 64 tokens, and the
  /// width of a value to that of a panel, 16 or 32 numbers.
  public static func bytes(
    capacity: Int, keyHeads: Int, headWidth: Int, isRounded: Bool
  ) -> Int {
    (capacity + keyBlock - 1) / keyBlock * keyHeads
      * blockBytes(headWidth: headWidth, isRounded: isRounded)
  }

  private static func blockBytes(headWidth: Int, isRounded: Bool) -> Int {
    isRounded
      ? RoundedKeyValueBlock.bytes(headWidth: headWidth)
      : KeyValueBlock.floats(headWidth: headWidth) * MemoryLayout<Float>.stride
  }

  /// Takes in the keys and values `[count, keyHeads, headWidth]` of the tokens from `start` on, which
  /// follow those there are.
  public func append(
    keys: UnsafePointer<Float>, values: UnsafePointer<Float>, count: Int, at start: Int
  ) {
    precondition(start >= 0 && start + count <= capacity)
    var token = start
    while token < start + count {
      let (first, place) = (token / keyBlock * keyBlock, token % keyBlock)
      let next = min(start + count, first + keyBlock)
      for head in 0..<keyHeads {
        func rows(_ x: UnsafePointer<Float>) -> Matrix {
          Matrix(
            x + ((token - start) * keyHeads + head) * headWidth, rows: next - token,
            columns: headWidth, stride: keyHeads * headWidth)
        }
        if isRounded {
          rounded(head, first).append(keys: rows(keys), values: rows(values), at: place)
        } else {
          packed(head, first, next - first).pack(keys: rows(keys), values: rows(values), at: place)
        }
      }
      token = next
    }
  }

  /// How many floats of working memory `block` needs: none for floats, which are read where they lie.
  var workingFloats: Int { isRounded ? KeyValueBlock.floats(headWidth: headWidth) : 0 }

  /// `count` keys and values of one head from token `first` on, with which a block begins; valid until
  /// the working memory is used again.
  func block(
    _ head: Int, _ first: Int, _ count: Int, in memory: UnsafeMutablePointer<Float>
  ) -> KeyValueBlock {
    guard isRounded else { return packed(head, first, count) }
    let block = KeyValueBlock(memory, headWidth: headWidth, count: count)
    rounded(head, first).read(into: block)
    return block
  }

  /// Has such a block fetched into the cache while other work goes on.
  func prefetch(_ head: Int, _ first: Int, _ count: Int) {
    if isRounded { rounded(head, first).prefetch() } else { packed(head, first, count).prefetch() }
  }

  private func packed(_ head: Int, _ first: Int, _ count: Int) -> KeyValueBlock {
    KeyValueBlock(
      address(head, first).assumingMemoryBound(to: Float.self), headWidth: headWidth, count: count)
  }

  private func rounded(_ head: Int, _ first: Int) -> RoundedKeyValueBlock {
    RoundedKeyValueBlock(address(head, first), headWidth: headWidth)
  }

  /// Where the block of one head begins whose first token is `first`.
  private func address(_ head: Int, _ first: Int) -> UnsafeMutableRawPointer {
    let bytes = Self.blockBytes(headWidth: headWidth, isRounded: isRounded)
    return base + (first / keyBlock * keyHeads + head) * bytes
  }
}
