/// Why a text cannot be read, on one line: the file, the place in it, and what to do.
public enum TextFileError: Error, Equatable, CustomStringConvertible {
  /// The file is missing or cannot be read, or is no file.
  case inaccessible(file: String, problem: String)

  /// There is nothing in the file.
  case empty(file: String)

  /// A byte is not part of a UTF-8 character, or is zero. `isCutOff` if a character begins there and
  /// the file ends before it does.
  case malformed(file: String, offset: Int, byte: UInt8, isCutOff: Bool)

  /// The file is not any more what it was when it was opened.
  case changed(file: String)

  public var description: String {
    switch self {
    case .inaccessible(let file, let problem): "\(file): \(problem)"
    case .empty(let file): "\(file): is empty; a model learns from text"
    case .malformed(let file, let offset, _, isCutOff: true):
      "\(file): byte \(offset): the file ends within a character; it was cut off; "
        + "keep what is whole: head -c \(offset) '\(file)' > '\(file).utf8'"
    case .malformed(let file, let offset, 0, _):
      "\(file): byte \(offset): a zero byte, so this is no UTF-8 text but a binary file, "
        + "or UTF-16: iconv -f UTF-16 -t UTF-8 '\(file)' > '\(file).utf8'"
    case .malformed(let file, 0, let byte, _) where byte >= 0xFE:
      "\(file): byte 0: \(hexadecimal(byte)) is not UTF-8, and may be UTF-16; "
        + "convert it: iconv -f UTF-16 -t UTF-8 '\(file)' > '\(file).utf8'"
    case .malformed(let file, let offset, let byte, _):
      "\(file): byte \(offset): \(hexadecimal(byte)) is not UTF-8; convert the file, "
        + "for example from Latin-1: iconv -f LATIN1 -t UTF-8 '\(file)' > '\(file).utf8'"
    case .changed(let file):
      "\(file): was changed while it was read; train on a copy that nobody writes to"
    }
  }
}

private func hexadecimal(_ byte: UInt8) -> String {
  let digits = String(byte, radix: 16, uppercase: true)
  return "0x" + (digits.count == 1 ? "0" : "") + digits
}
