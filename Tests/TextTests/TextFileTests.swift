import Foundation
import Testing

@testable import Text

/// A file that is gone when the test is.
private final class Scratch {
  let url = FileManager.default.temporaryDirectory
    .appending(path: "espalier-\(UInt64.random(in: 0...UInt64.max)).txt")

  init(_ bytes: [UInt8]) throws { try Data(bytes).write(to: url) }

  convenience init(_ text: String) throws { try self.init(Array(text.utf8)) }

  deinit { try? FileManager.default.removeItem(at: url) }
}

/// Where the first byte that is not text stands, as the standard library sees it.
private func firstBadByte(_ bytes: [UInt8]) -> Int? {
  var parser = Unicode.UTF8.ForwardParser()
  var rest = bytes.makeIterator()
  var place = 0
  while true {
    switch parser.parseScalar(from: &rest) {
    case .valid(let scalar): place += scalar.count
    case .emptyInput: return nil
    case .error: return place
    }
  }
}

@Suite struct TextFileTests {
  static let sample = "\r\nTin, étain, жесть, 锡, 🥫.\n\tAnd e\u{301} ends without a line end"

  @Test func `ranges that meet give texts that meet`() throws {
    let scratch = try Scratch(Self.sample)
    let file = try TextFile(scratch.url)
    #expect(file.count == Self.sample.utf8.count)
    for size in 1...file.count {
      let texts = try stride(from: 0, to: file.count, by: size).map {
        try file.text(in: $0..<min($0 + size, file.count))
      }
      #expect(texts.joined().utf8.elementsEqual(Self.sample.utf8), "pieces of \(size)")
    }
  }

  @Test func `every range gives the characters that begin in it`() throws {
    let scratch = try Scratch(Self.sample)
    let file = try TextFile(scratch.url)
    for lower in 0...file.count {
      for upper in lower...file.count {
        var expected = ""
        var place = 0
        for scalar in Self.sample.unicodeScalars {
          if (lower..<upper).contains(place) { expected.unicodeScalars.append(scalar) }
          place += String(scalar).utf8.count
        }
        let text = try file.text(in: lower..<upper)
        #expect(text.utf8.elementsEqual(expected.utf8), "\(lower)..<\(upper)")
      }
    }
  }

  @Test func `a byte order mark is no text`() throws {
    let scratch = try Scratch("\u{FEFF}" + Self.sample)
    let file = try TextFile(scratch.url)
    #expect(file.count == Self.sample.utf8.count)
    #expect(try file.text(in: 0..<file.count).utf8.elementsEqual(Self.sample.utf8))
  }

  /// Bytes at random, most of them the beginnings and ends of characters, looked through in chunks
  /// of every small size, so that a bad byte stands at every place around a boundary.
  @Test(arguments: [1, 2, 3, 4, 5, 7, 8, 9, 16, 1 << 20])
  func `the first bad byte is found wherever chunks end`(_ chunk: Int) throws {
    let pool: [[UInt8]] = [
      Array("a".utf8), Array("plain text ".utf8), Array("é".utf8), Array("锡".utf8),
      Array("🥫".utf8), [0x80], [0xBF], [0xC1], [0xC3], [0xE0, 0x9F], [0xE2, 0x82], [0xED, 0xA0],
      [0xF0, 0x9F], [0xF0, 0x9F, 0xA5], [0xF4, 0x90], [0xFF],
    ]
    var (good, bad) = (0, 0)
    for number in 0..<600 {
      // Only every other text has bad bytes at all, and then few.
      let choices = number % 2 == 0 ? 5 : pool.count
      let bytes = (0..<1 + number % 17).flatMap { place in
        pool[scrambled(number, place) % (scrambled(number, 99 + place) % 4 == 0 ? choices : 5)]
      }
      let scratch = try Scratch(bytes)
      do throws(TextFileError) {
        let file = try TextFile(scratch.url, chunk: chunk)
        #expect(firstBadByte(bytes) == nil, "\(bytes)")
        #expect(file.count == bytes.count)
        good += 1
      } catch {
        guard case .malformed(_, let offset, let byte, let isCutOff) = error else { throw error }
        #expect(offset == firstBadByte(bytes), "\(bytes)")
        #expect(byte == bytes[offset])
        #expect(isCutOff == canGoOn(bytes[offset...]), "\(bytes)")
        #expect(
          error.description.hasPrefix("\(scratch.url.path): byte \(offset): ")
            && !error.description.contains("\n"))
        bad += 1
      }
    }
    #expect(good > 200 && bad > 100, "\(good) good, \(bad) bad")
  }

  /// Whether more bytes could make a character of `bytes`.
  private func canGoOn(_ bytes: ArraySlice<UInt8>) -> Bool {
    let continuations: [UInt8] = [0x80, 0x90, 0xA0]
    return continuations.contains { first in
      (1...3).contains { count in
        let more = [first] + Array(repeating: 0x80, count: count - 1)
        return String(validating: bytes + more, as: UTF8.self)?.unicodeScalars.count == 1
      }
    }
  }

  @Test(arguments: [0, 1, 7, 8, 9, 1000, (1 << 20) - 1, 1 << 20, (1 << 20) + 5])
  func `a zero byte is no text`(_ place: Int) throws {
    var bytes = [UInt8](repeating: UInt8(ascii: "x"), count: (1 << 20) + 20)
    bytes[place] = 0
    let scratch = try Scratch(bytes)
    let error = #expect(throws: TextFileError.self) { try TextFile(scratch.url) }
    #expect(
      error
        == .malformed(file: scratch.url.path, offset: place, byte: 0, isCutOff: false))
  }

  @Test func `what is no text file says why on one line`() throws {
    let folder = FileManager.default.temporaryDirectory
    #expect(throws: TextFileError.self) { try TextFile(folder.appending(path: "no such file")) }
    let isFolder = #expect(throws: TextFileError.self) { try TextFile(folder) }
    #expect(isFolder?.description.contains("is a folder") == true)
    let device = #expect(throws: TextFileError.self) { try TextFile(URL(filePath: "/dev/zero")) }
    #expect(device?.description.contains("is not a regular file") == true)
    for nothing in ["", "\u{FEFF}"] {
      let scratch = try Scratch(nothing)
      #expect(throws: TextFileError.empty(file: scratch.url.path)) { try TextFile(scratch.url) }
    }
    let utf16 = try Scratch([0xFF, 0xFE, 0x61, 0x00])
    let error = #expect(throws: TextFileError.self) { try TextFile(utf16.url) }
    #expect(error?.description.contains("iconv -f UTF-16") == true)
  }

  @Test(arguments: ["longer", "shorter", "other"])
  func `a file that changes is not read on`(_ change: String) throws {
    let scratch = try Scratch(Self.sample)
    let file = try TextFile(scratch.url)
    let handle = try FileHandle(forWritingTo: scratch.url)
    switch change {
    case "longer":
      try handle.seekToEnd()
      try handle.write(contentsOf: Data("more".utf8))
    case "shorter": try handle.truncate(atOffset: 3)
    default:
      // The clock of a file system may tick no more than a hundred times a second.
      usleep(30_000)
      try handle.write(contentsOf: Data("!".utf8))
    }
    try handle.close()
    #expect(throws: TextFileError.changed(file: scratch.url.path)) {
      try file.bytes(in: 0..<file.count)
    }
  }

  @Test func `the fingerprint tells files apart`() throws {
    func fingerprint(_ bytes: [UInt8]) throws -> String {
      let scratch = try Scratch(bytes)
      return try withExtendedLifetime(scratch) { try TextFile(scratch.url).fingerprint }
    }
    let text = Array(String(repeating: Self.sample, count: 3).utf8)
    let original = try fingerprint(text)
    #expect(original.count == 16)
    #expect(try fingerprint(text) == original)
    var fingerprints: Set = [original]
    let ascii = text.indices.filter { text[$0] < 0x80 }
    for place in ascii {
      var other = text
      other[place] ^= 2
      fingerprints.insert(try fingerprint(other))
    }
    #expect(fingerprints.count == ascii.count + 1)
  }

  @Test func `tokens from anywhere are those of the text`() throws {
    let text = (0..<400).map { "\($0) tins, \($0 * $0) étains; " }.joined()
    let scratch = try Scratch(text)
    let file = try TextFile(scratch.url)
    let tokenizer = BytePairs.train(on: [text], vocabulary: 300, splitting: .llama3)
    for start in [0, 1, 500, 2000, file.count - 40, file.count] {
      let all = tokenizer.encode(bytes: try file.bytes(in: start..<file.count))
      for count in [1, 2, 33, 500] {
        #expect(
          try file.tokens(count, in: start..<file.count, by: tokenizer) == Array(all.prefix(count)))
      }
    }
    let bounded = try file.tokens(500, in: 0..<10, by: tokenizer)
    #expect(tokenizer.decodeBytes(bounded) == Array(text.utf8.prefix(10)))
  }

  @Test func `of one endless word no more than a part is read`() throws {
    let text = String(repeating: "a", count: 1 << 20)
    let scratch = try Scratch(text)
    let file = try TextFile(scratch.url)
    let tokenizer = BytePairs.train(on: [text], vocabulary: 280)
    #expect(tokenizer.encode(text).count < 10)
    let tokens = try file.tokens(100, in: 0..<file.count, by: tokenizer)
    #expect(tokenizer.decodeBytes(tokens).count <= 64 * 116)
  }
}
