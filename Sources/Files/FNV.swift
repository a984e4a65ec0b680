/// The hash FNV-1a of 64 bits (Fowler, Noll and Vo 1991). It decides with which numbers models begin
/// and stands in committed files, so it stays what it is; for much data `WordHash` is faster.
///
///     text.utf8.reduce(into: FNV()) { $0.combine(UInt64($1)) }.state
public struct FNV: Equatable, Sendable {
  public var state: UInt64

  @inlinable public init(state: UInt64 = 0xcbf2_9ce4_8422_2325) { self.state = state }

  /// Takes in a byte, or a larger number as if it were one.
  @inlinable public mutating func combine(_ byte: UInt64) {
    state = (state ^ byte) &* 0x100_0000_01b3
  }

  /// Sixteen hexadecimal digits.
  public var text: String { sixteenDigits(state) }
}

func sixteenDigits(_ number: UInt64) -> String {
  let digits = String(number, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}
