import Files
import Foundation

/// A 64-bit FNV-1a hash, for telling whether something changed.
public struct Fingerprint {
  private var hash = FNV()

  public init() {}

  /// Takes in some bytes. Where one call ends and the next begins matters.
  public mutating func combine(_ data: Data) {
    data.withUnsafeBytes { for byte in $0 { hash.combine(UInt64(byte)) } }
    combineEnd()
  }

  public mutating func combine(_ text: String) { combine(Data(text.utf8)) }

  /// Marks a boundary, so that "ab", "c" and "a", "bc" differ.
  private mutating func combineEnd() { hash.combine(0xff) }

  /// Sixteen hexadecimal digits.
  public var text: String { hash.text }
}
