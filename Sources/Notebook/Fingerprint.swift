import Foundation

/// A 64-bit FNV-1a hash, for telling whether something changed.
public struct Fingerprint {
  private var state: UInt64 = 0xcbf2_9ce4_8422_2325

  public init() {}

  /// Takes in some bytes. Where one call ends and the next begins matters.
  public mutating func combine(_ data: Data) {
    data.withUnsafeBytes { bytes in
      var state = state
      for byte in bytes { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }
      self.state = state
    }
    combineEnd()
  }

  public mutating func combine(_ text: String) { combine(Data(text.utf8)) }

  /// Marks a boundary, so that "ab", "c" and "a", "bc" differ.
  private mutating func combineEnd() { state = (state ^ 0xff) &* 0x100_0000_01b3 }

  /// Sixteen hexadecimal digits.
  public var text: String {
    let digits = String(state, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
