import Files
import Foundation

/// A text that need not fit into memory: a file of UTF-8, read piece by piece wherever a piece is
/// wanted.
///
///     let file = try TextFile(URL(filePath: "corpus.txt"))
///     try file.text(in: 0..<1000)
///     try file.text(in: 1000..<2000)      // begins where the one before has ended
///
/// The whole file is looked through once, when it is opened, so that a bad byte is known before
/// anything has been learned from the rest; that takes one to three seconds for each gigabyte.
public final class TextFile: Sendable {
  public var path: String { file.path }

  /// How many bytes of text there are, without a byte order mark at the beginning.
  public let count: Int

  /// Sixteen hexadecimal digits that tell whether two files are the same.
  public let fingerprint: String

  private let file: OpenFile
  /// Where in the file the text begins: after the byte order mark, if there is one.
  private let start: Int

  /// Opens the file at `url` and looks through it.
  ///
  /// - Parameters:
  ///   - chunk: how many bytes are looked through at a time; a matter of speed.
  ///   - onProgress: called after each chunk with the share of the file that is done.
  /// - Throws: `TextFileError` if there is no such file, if it is empty or not a file, or with the
  ///   place of the first byte that is not text.
  public init(
    _ url: URL, chunk: Int = 1 << 20, onProgress: (_ share: Double) -> Void = { _ in }
  ) throws(TextFileError) {
    file = try OpenFile.text(url)
    let size = file.count
    var hash = WordHash()
    var buffer = [UInt8](repeating: 0, count: chunk + 3)
    // The beginning of a character at the end of a chunk is looked at again with the next.
    var (held, place) = (0, 0)
    while place < size {
      let end = min(place + chunk, size)
      try file.read(place..<end, into: &buffer, at: held)
      let filled = held + end - place
      hash.combine(buffer.span.extracting(held..<filled))
      let left = try TextFile.check(
        url.path, buffer.span.extracting(0..<filled), at: place - held, isLast: end == size)
      for i in 0..<left { buffer[i] = buffer[filled - left + i] }
      (held, place) = (left, end)
      onProgress(Double(place) / Double(size))
    }
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    var first: [UInt8] = [0, 0, 0]
    if size >= 3 { try file.read(0..<3, into: &first, at: 0) }
    start = first == mark ? 3 : 0
    count = size - start
    fingerprint = hash.text
    if count == 0 { throw .empty(file: url.path) }
  }

  /// Looks through the bytes of the file `path` from `place` on.
  ///
  /// - Returns: how many bytes at their end are the beginning of a character.
  private static func check(
    _ path: String, _ bytes: Span<UInt8>, at place: Int, isLast: Bool
  ) throws(TextFileError) -> Int {
    let left = bytes.incompleteSuffix
    if let bad = bytes.extracting(0..<bytes.count - left).firstThatIsNotText {
      throw .malformed(file: path, offset: place + bad, byte: bytes[bad], isCutOff: false)
    }
    guard isLast && left > 0 else { return left }
    let bad = bytes.count - left
    throw .malformed(file: path, offset: place + bad, byte: bytes[bad], isCutOff: true)
  }

  /// The bytes of the characters that begin in `range`, which counts bytes. So ranges that meet give
  /// texts that meet: no character is lost between them, and none comes twice.
  ///
  /// - Throws: if the file cannot be read any more, or was changed since it was opened.
  public func bytes(in range: Range<Int>) throws(TextFileError) -> [UInt8] {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count,
      "bytes \(range) of a text that has \(count)")
    // A character that begins at the last byte may have three more.
    let end = min(range.upperBound + 3, count)
    var bytes = [UInt8](repeating: 0, count: end - range.lowerBound)
    try file.read(start + range.lowerBound..<start + end, into: &bytes, at: 0)
    func boundary(from place: Int) -> Int {
      bytes[place...].firstIndex { $0 & 0xC0 != 0x80 } ?? bytes.count
    }
    let beginning = boundary(from: 0)
    return Array(bytes[beginning..<max(beginning, boundary(from: range.count))])
  }

  /// The characters that begin in `range`, as text.
  public func text(in range: Range<Int>) throws(TextFileError) -> String {
    String(decoding: try bytes(in: range), as: UTF8.self)
  }

  /// The first `count` tokens of what begins in `range`; fewer if there are no more, or if they are
  /// so long that 64 times `count` bytes do not hold as many.
  ///
  /// The text is read no further than it takes, and a little more, since the last tokens of a text
  /// that is cut off may not be those of the text that goes on.
  public func tokens(
    _ count: Int, in range: Range<Int>, by tokenizer: any Tokenizer
  ) throws(TextFileError) -> [Int32] {
    let spare = 16
    let last = min(range.upperBound, range.lowerBound + 64 * (count + spare))
    var length = 4 * (count + spare)
    while true {
      let end = min(last, range.lowerBound + length)
      let tokens = tokenizer.encode(bytes: try bytes(in: range.lowerBound..<end))
      if end == last || tokens.count >= count + spare { return Array(tokens.prefix(count)) }
      length *= 2
    }
  }
}

extension Span<UInt8> {
  /// The place of the first byte that is not part of a character, or is zero, which occurs in no text
  /// but in nearly every binary file, and in UTF-16.
  fileprivate var firstThatIsNotText: Int? {
    var place = 0
    while place < count {
      // Eight letters of ASCII at a time.
      if place + 8 <= count {
        let word = bytes.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self)
        let zeros = (word &- 0x0101_0101_0101_0101) & ~word
        if (word | zeros) & 0x8080_8080_8080_8080 == 0 {
          place += 8
          continue
        }
      }
      let (value, length) = scalar(at: place)
      if value == malformed || value == 0 { return place }
      place += length
    }
    return nil
  }
}
