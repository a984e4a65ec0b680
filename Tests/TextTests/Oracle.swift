import Foundation
import StrictJSON

@testable import Text

/// What the `tokenizers` library answered, as `Tests/Oracles/tokenization.py` wrote it down, and the
/// strings that it was asked about.
struct Oracle: Decodable, Sendable {
  struct File: Decodable, Sendable {
    let count: Int
    let examples: [Example]
    let encoded: String
    let decoded: String
    let text: String
  }

  struct Example: Decodable, Sendable {
    let text: String
    let tokens: [Int32]

    init(from decoder: any Decoder) throws {
      var pair = try decoder.unkeyedContainer()
      text = try pair.decode(String.self)
      tokens = try pair.decode([Int32].self)
    }
  }

  struct Composition: Decodable, Sendable {
    let pool: [Int]
    let strings: Int
    let scalars: String
    let mixed: String
  }

  let fragments: [String]
  let strings: Int
  let decodings: Int
  let letters: [Int]
  let numbers: [Int]
  let spaces: [Int]
  let splittings: [String: String]
  let composition: Composition
  let files: [String: File]

  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../Oracles/Fixtures/tokenizers").standardizedFileURL

  static let answers: Oracle = {
    let file = folder.appending(path: "answers.json")
    return try! JSONDecoder().decode(Oracle.self, from: Data(contentsOf: file))
  }()

  /// One to sixteen fragments, one in eight of which is any scalar whatever.
  func string(_ number: Int) -> String {
    var text = String.UnicodeScalarView()
    for i in 1..<2 + scrambled(number, 0) % 16 {
      let draw = scrambled(number, 2 * i)
      if scrambled(number, 2 * i + 1) % 8 != 0 {
        text.append(contentsOf: fragments[draw % fragments.count].unicodeScalars)
      } else {
        let scalar = UInt32(draw % (0x30000 - 0x800))
        text.append(Unicode.Scalar(scalar < 0xD800 ? scalar : scalar + 0x800)!)
      }
    }
    return String(text)
  }

  /// One to twelve ids, some of which no token has.
  func tokens(_ number: Int, count: Int) -> [Int32] {
    (1..<2 + scrambled(number, 0) % 12).map { Int32(scrambled(number, $0) % (count + 3)) }
  }
}

/// The hash that the oracles draw by.
func scrambled(_ number: Int, _ i: Int) -> Int {
  var h = UInt32(truncatingIfNeeded: i) &* 0x9E37_79B1
  h &+= UInt32(truncatingIfNeeded: number) &* 0x85EB_CA6B
  h = (h ^ (h >> 15)) &* 0x2C1B_3C6D
  h = (h ^ (h >> 12)) &* 0x297A_2D39
  return Int((h ^ (h >> 15)) >> 8)
}

/// Sixteen bits of a hash of `integers`, as four hexadecimal digits.
func digest(_ integers: some Sequence<Int>) -> String {
  var h: UInt32 = 0x811C_9DC5
  for integer in integers { h = (h ^ UInt32(integer)) &* 0x0100_0193 }
  let digits = String((h ^ h >> 16) & 0xFFFF, radix: 16)
  return String(repeating: "0", count: 4 - digits.count) + digits
}

/// The answers in `digests` that differ from ours, by number.
func differences(_ digests: String, _ ours: (Int) -> String) -> [Int] {
  let digits = Array(digests.utf8)
  return (0..<digits.count / 4).filter { number in
    !ours(number).utf8.elementsEqual(digits[4 * number..<4 * number + 4])
  }
}

/// The numbers written as gap, length, gap, length …
func numbers(inRanges ranges: [Int]) -> [Int] {
  var result: [Int] = []
  var end = 0
  for i in stride(from: 0, to: ranges.count, by: 2) {
    let start = end + ranges[i]
    end = start + ranges[i + 1]
    result += start..<end
  }
  return result
}

/// Every Unicode scalar, in order.
let everyScalar = (0..<0x110000).compactMap { Unicode.Scalar(UInt32($0)) }
