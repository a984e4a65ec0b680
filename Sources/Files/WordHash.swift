/// A hash of eight bytes at a time, each stirred by a multiplication and a rotation: it tells whether
/// gigabytes are the same, in the time that reading them takes.
public struct WordHash: Equatable, Sendable {
  @usableFromInline var state: UInt64 = 0xcbf2_9ce4_8422_2325

  public init() {}

  @inlinable public mutating func combine(_ word: UInt64) {
    let product = (state ^ word) &* 0x9e37_79b9_7f4a_7c15
    state = product << 29 | product >> 35
  }

  /// Takes in some bytes and how many they are.
  public mutating func combine(_ bytes: Span<UInt8>) {
    let words = bytes.count / 8
    for word in 0..<words {
      combine(bytes.bytes.unsafeLoadUnaligned(fromByteOffset: 8 * word, as: UInt64.self))
    }
    for place in 8 * words..<bytes.count { combine(UInt64(bytes[place])) }
    combine(UInt64(bytes.count))
  }

  /// Sixteen hexadecimal digits.
  public var text: String { sixteenDigits(state) }
}
