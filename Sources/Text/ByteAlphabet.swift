/// One printable character for every byte, which is how `tokenizer.json` spells tokens that may be
/// half a character (GPT-2's `bytes_to_unicode`).
///
/// The bytes that Latin-1 prints stand for themselves; the other 68, in order, for U+0100 and on:
///
///     ByteAlphabet.text(of: Array(" é".utf8))     // "ĠÃ©": bytes 20, C3, A9
enum ByteAlphabet {
  /// The character of each byte.
  static let scalars: [Unicode.Scalar] = {
    var next: UInt32 = 0x100
    return (UInt8.min...UInt8.max).map { byte in
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return Unicode.Scalar(byte)
      default:
        defer { next += 1 }
        return Unicode.Scalar(next)!
      }
    }
  }()

  /// The byte of each character up to the last of the alphabet, or -1.
  private static let bytes: [Int16] = {
    var bytes = [Int16](repeating: -1, count: Int(scalars.map(\.value).max()!) + 1)
    for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar.value)] = Int16(byte) }
    return bytes
  }()

  /// `bytes` spelt in the alphabet.
  static func text(of bytes: some Sequence<UInt8>) -> String {
    var text = String.UnicodeScalarView()
    for byte in bytes { text.append(scalars[Int(byte)]) }
    return String(text)
  }

  /// The bytes that `text` spells, or nil if it holds a character outside of the alphabet.
  static func bytes(of text: String) -> [UInt8]? {
    var result: [UInt8] = []
    for scalar in text.unicodeScalars {
      guard scalar.value < bytes.count, bytes[Int(scalar.value)] >= 0 else { return nil }
      result.append(UInt8(bytes[Int(scalar.value)]))
    }
    return result
  }
}
