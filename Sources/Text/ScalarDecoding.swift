/// What `scalar(at:)` reports for a byte that is not part of well-formed UTF-8.
let malformed = UInt32.max

extension Span<UInt8> {
  /// The Unicode scalar that starts at `start`, and its length in bytes.
  ///
  /// A byte at which no well-formed sequence starts (Unicode 16, table 3-7) is `malformed` and has
  /// length 1, so that walking over any bytes whatever visits each of them once.
  @inline(__always)
  func scalar(at start: Int) -> (value: UInt32, length: Int) {
    let first = self[start]
    if first < 0x80 { return (UInt32(first), 1) }
    return multibyteScalar(at: start)
  }

  private func multibyteScalar(at start: Int) -> (value: UInt32, length: Int) {
    let length = sequenceLength(startedBy: self[start])
    guard length > 1, start + length <= count else { return (malformed, 1) }
    var value = UInt32(self[start]) & (0x7F >> UInt32(length))
    for i in 1..<length {
      guard continues(self[start + i], at: i, after: self[start]) else { return (malformed, 1) }
      value = value << 6 | UInt32(self[start + i] & 0x3F)
    }
    return (value, length)
  }

  /// How many bytes at the end are the beginning of a character that more bytes could complete:
  /// 0 to 3.
  var incompleteSuffix: Int {
    for length in stride(from: Swift.min(3, count), to: 0, by: -1) {
      let start = count - length
      guard sequenceLength(startedBy: self[start]) > length else { continue }
      if (1..<length).allSatisfy({ continues(self[start + $0], at: $0, after: self[start]) }) {
        return length
      }
    }
    return 0
  }
}

/// The length of the UTF-8 sequence that begins with `first`; 0 if none does.
private func sequenceLength(startedBy first: UInt8) -> Int {
  switch first {
  case 0x00...0x7F: 1
  case 0xC2...0xDF: 2
  case 0xE0...0xEF: 3
  case 0xF0...0xF4: 4
  default: 0
  }
}

/// Whether `byte` may stand at place `index` after `first`. The second byte's range is narrower for
/// some first bytes: no overlong forms, no surrogates, nothing beyond U+10FFFF.
private func continues(_ byte: UInt8, at index: Int, after first: UInt8) -> Bool {
  guard index == 1 else { return byte & 0xC0 == 0x80 }
  return switch first {
  case 0xE0: 0xA0...0xBF ~= byte
  case 0xED: 0x80...0x9F ~= byte
  case 0xF0: 0x90...0xBF ~= byte
  case 0xF4: 0x80...0x8F ~= byte
  default: byte & 0xC0 == 0x80
  }
}
