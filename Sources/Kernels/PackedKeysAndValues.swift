/// The keys and values of one sequence in the order in which attention reads them, for a sequence
/// that grows: what `PackedMatrix` is for the weights of a decoder.
///
/// Of each head in a block first the keys lie there and then the values.
///
/// A borrowed view, like `Matrix`: of memory of `floats(capacity:keyHeads:headWidth:)` floats.
public struct PackedKeysAndValues: KeysAndValues {
  public let capacity: Int
  public let keyHeads: Int
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

  /// How much memory is needed: the capacity is rounded up to whole blocks of 64 tokens, and the
  /// width of a value to that of a panel, 16 or 32 floats.
  public static func floats(capacity: Int, keyHeads: Int, headWidth: Int) -> Int {
    (capacity + keyBlock - 1) / keyBlock * keyHeads * KeyValueBlock.floats(headWidth: headWidth)
  }

  /// Packs the keys and values `[count, keyHeads, headWidth]` of the tokens from `start` on, which
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
        block(head, first, next - first).pack(keys: rows(keys), values: rows(values), at: place)
      }
      token = next
    }
  }

  /// Blocks are read where they lie.
  static func workingFloats(headWidth: Int) -> Int { 0 }

  func block(
    _ head: Int, _ first: Int, _ count: Int, in memory: UnsafeMutablePointer<Float>
  ) -> KeyValueBlock {
    block(head, first, count)
  }

  func prefetch(_ head: Int, _ first: Int, _ count: Int) { block(head, first, count).prefetch() }

  private func block(_ head: Int, _ first: Int, _ count: Int) -> KeyValueBlock {
    let floats = KeyValueBlock.floats(headWidth: headWidth)
    return KeyValueBlock(
      base + (first / keyBlock * keyHeads + head) * floats, headWidth: headWidth, count: count)
  }
}
