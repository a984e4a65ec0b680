import Foundation
import Scratch

@testable import Safetensors

/// Damages files at random, but the same way each time.
struct Mutator: RandomNumberGenerator {
  private var generator: SplitMix

  init(seed: UInt64) { generator = SplitMix(seed: seed) }

  mutating func next() -> UInt64 { generator.next() }

  private mutating func index(below count: Int) -> Int { Int.random(in: 0..<count, using: &self) }

  /// `file` with one piece of damage, or two; `other` lends a part now and then.
  mutating func damaged(_ file: [UInt8], other: [UInt8]) -> [UInt8] {
    var file = file
    for _ in 0...index(below: 8) / 6 where file.count >= 10 { damage(&file, other) }
    return file
  }

  private mutating func damage(_ file: inout [UInt8], _ other: [UInt8]) {
    switch index(below: 8) {
    case 0: file[index(below: file.count)] ^= 1 << index(below: 8)
    case 1: file.removeLast(1 + index(below: file.count))
    case 2: file += (0...index(below: 40)).map { _ in UInt8.random(in: 0...255, using: &self) }
    case 3: setLength(of: &file, to: lengths[index(below: lengths.count)])
    case 4:
      file =
        Array(file.prefix(index(below: file.count))) + other.dropFirst(index(below: other.count))
    default: damageHeader(&file, other)
    }
  }

  /// Damages the JSON and states its new length, so that it is read and not refused for its length.
  private mutating func damageHeader(_ file: inout [UInt8], _ other: [UInt8]) {
    var json = Array(Mutator.json(of: file))
    guard json.count >= 2 else { return }
    let data = file.dropFirst(8 + json.count)
    let place = index(below: json.count)
    let end = min(json.count, place + 1 + index(below: 60))
    switch index(below: 9) {
    case 0: json[place] ^= 1 << index(below: 8)
    case 1: json[place] = Array("{}[]\",:0123456789eE.-+\\u nft\0\u{7f}".utf8)[index(below: 30)]
    case 2: json.removeSubrange(place..<end)
    case 3: json.insert(contentsOf: json[place..<end], at: index(below: json.count))
    case 4: json.insert(contentsOf: Mutator.json(of: other), at: place)
    case 5, 6: replace(in: &json, from: place, by: numbers) { (0x30...0x39).contains($0) }
    case 7:
      // The name of one entry for another.
      let pieces = String(decoding: json, as: UTF8.self).split(separator: "\":{")
      let names = pieces.dropLast().compactMap { $0.split(separator: "\"").last }
      guard let old = names.randomElement(using: &self), let new = names.randomElement(using: &self)
      else { return }
      let text = pieces.joined(separator: "\":{").replacing("\"\(old)\":{", with: "\"\(new)\":{")
      json = Array(text.utf8)
    default: replace(in: &json, from: place, by: words) { (0x41...0x5A).contains($0) }
    }
    file = file.prefix(8) + json + data
    setLength(of: &file, to: UInt64(json.count))
  }

  /// Replaces the first run of bytes of a kind after `place`.
  private mutating func replace(
    in json: inout [UInt8], from place: Int, by texts: [String], where isKind: (UInt8) -> Bool
  ) {
    guard let start = json[place...].firstIndex(where: isKind) else { return }
    let end = json[start...].firstIndex { !isKind($0) } ?? json.count
    json.replaceSubrange(start..<end, with: texts[index(below: texts.count)].utf8)
  }

  private func setLength(of file: inout [UInt8], to length: UInt64) {
    guard file.count >= 8 else { return }
    withUnsafeBytes(of: length.littleEndian) { file.replaceSubrange(0..<8, with: $0) }
  }

  /// The part of a file that its length calls the header.
  private static func json(of file: [UInt8]) -> ArraySlice<UInt8> {
    guard file.count >= 8 else { return [] }
    let length = file.prefix(8).reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
    return file.dropFirst(8).prefix(Int(min(length, UInt64(file.count))))
  }

  private let lengths: [UInt64] = [
    0, 1, 2, 7, 8, 60, 200, 100_000_000, 100_000_001, 1 << 31, 1 << 32, 1 << 62, 1 << 63, .max,
  ]
  private let numbers = [
    "0", "1", "2", "4", "8", "16", "65536", "2147483648", "4294967296", "1099511627776",
    "4611686018427387904", "9223372036854775807", "9223372036854775808", "18446744073709551615",
    "99999999999999999999999", "-1", "1.5", "1e9", "00", "0,0", "1,1", "[1]", "\"4\"", "null",
  ]
  private let words =
    DataType.allCases.map(\.rawValue) + [
      "", "F31", "\\ud83c", "\\n", String(repeating: "[", count: 500),
    ]
}
