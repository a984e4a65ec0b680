import Foundation

/// Unicode's canonical composition (normalization form C), which Qwen2 applies before it splits: é
/// is then one scalar, however it was typed.
///
/// The algorithm is that of Unicode Standard Annex 15: decompose, put marks into canonical order,
/// compose. It is written out here because Foundation's `precomposedStringWithCanonicalMapping` on
/// Linux gets pairs beyond U+FFFF wrong (U+10041 U+0301 becomes Á); decomposing one scalar it does
/// right, and that is all it is asked for. Characters newer than Unicode 9 are left alone, because
/// the library that the models were published with does so.
enum Normalization {
  /// `text` in form C.
  static func composed(_ text: some Sequence<Unicode.Scalar>) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    for scalar in text { appendDecomposition(of: scalar, to: &result) }
    order(&result)
    compose(&result)
    return result
  }

  /// `bytes` in form C. Bytes that are not UTF-8 are not text: if there are any, all stay as they
  /// are.
  ///
  /// Nothing below U+0300 changes by itself or composes with what is before it. So most of most texts
  /// is copied, and only stretches from U+0300 on, each with the one character before it, are looked
  /// at: one emoji in a megabyte of English would otherwise slow all of it down threefold.
  static func composed(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.contains(where: { $0 >= firstMark }),
      String(validating: bytes, as: UTF8.self) != nil
    else { return bytes }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var copied = 0
    while var start = bytes[copied...].firstIndex(where: { $0 >= firstMark }) {
      let end = bytes[start...].firstIndex { $0 < 0x80 || 0xC0..<firstMark ~= $0 } ?? bytes.count
      repeat { start -= 1 } while start >= copied && bytes[start] & 0xC0 == 0x80
      start = max(start, copied)
      result += bytes[copied..<start]
      let scalars = String(decoding: bytes[start..<end], as: UTF8.self).unicodeScalars
      result += String(String.UnicodeScalarView(composed(scalars))).utf8
      copied = end
    }
    return result + bytes[copied...]
  }

  /// The first byte of U+0300; all smaller scalars begin with smaller bytes.
  private static let firstMark: UInt8 = 0xCC

  /// Sorts each run of marks by class; marks of one class keep their order.
  private static func order(_ text: inout [Unicode.Scalar]) {
    var start = 0
    while start < text.count {
      guard combiningClass(text[start]) > 0 else {
        start += 1
        continue
      }
      let end = text[start...].firstIndex { combiningClass($0) == 0 } ?? text.count
      if end - start > 1 {
        let marks = text[start..<end].enumerated().sorted {
          (combiningClass($0.element), $0.offset) < (combiningClass($1.element), $1.offset)
        }
        text.replaceSubrange(start..<end, with: marks.map(\.element))
      }
      start = end
    }
  }

  /// Joins each character with the last starter before it, unless something between them blocks it:
  /// another starter, or a mark of the same or a higher class.
  private static func compose(_ text: inout [Unicode.Scalar]) {
    var starter: Int?
    var lastClass: UInt8 = 0
    var count = 0
    for scalar in text {
      let itsClass = combiningClass(scalar)
      if let starter, lastClass < itsClass || starter == count - 1,
        let composite = composition(text[starter], scalar)
      {
        text[starter] = composite
        continue
      }
      if itsClass == 0 { starter = count }
      lastClass = itsClass
      text[count] = scalar
      count += 1
    }
    text.removeSubrange(count...)
  }
}

private func isKnown(_ scalar: Unicode.Scalar) -> Bool {
  scalar.properties.age.map { $0 <= (major: 9, minor: 0) } ?? false
}

/// 0 for a *starter*, such as a letter; above that, the kind of place a mark takes.
private func combiningClass(_ scalar: Unicode.Scalar) -> UInt8 {
  guard scalar.value >= 0x300 else { return 0 }
  let itsClass = scalar.properties.canonicalCombiningClass.rawValue
  return itsClass > 0 && isKnown(scalar) ? itsClass : 0
}

// Hangul syllables are composed by arithmetic (The Unicode Standard, section 3.12): 19 leading
// consonants, 21 vowels, 27 trailing consonants or none.
private let (firstSyllable, syllables): (UInt32, UInt32) = (0xAC00, 11_172)
private let (firstLeading, firstVowel, beforeTrailing): (UInt32, UInt32, UInt32) =
  (0x1100, 0x1161, 0x11A7)

/// Appends what `scalar` falls apart into, completely.
private func appendDecomposition(of scalar: Unicode.Scalar, to result: inout [Unicode.Scalar]) {
  let index = scalar.value &- firstSyllable
  if index < syllables {
    result.append(Unicode.Scalar(firstLeading + index / 588)!)
    result.append(Unicode.Scalar(firstVowel + index / 28 % 21)!)
    if index % 28 > 0 { result.append(Unicode.Scalar(beforeTrailing + index % 28)!) }
  } else if scalar.value >= 0xC0, let parts = decompositions[scalar] {
    result.append(contentsOf: parts)
  } else {
    result.append(scalar)
  }
}

/// The one scalar that `first` and `second` make, if there is one.
private func composition(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Unicode.Scalar? {
  let (leading, vowel) = (first.value &- firstLeading, second.value &- firstVowel)
  if leading < 19, vowel < 21 {
    return Unicode.Scalar(firstSyllable + (leading * 21 + vowel) * 28)
  }
  let (syllable, trailing) = (first.value &- firstSyllable, second.value &- beforeTrailing)
  if syllable < syllables, syllable % 28 == 0, 1..<28 ~= trailing {
    return Unicode.Scalar(first.value + trailing)
  }
  return compositions[Pair(first: first, second: second)]
}

private struct Pair: Hashable {
  let first, second: Unicode.Scalar
}

/// Every scalar that decomposes, Hangul aside, with its parts. The ranges are all those of Unicode 9
/// in which there are any; looking at each of their 5000 scalars takes some milliseconds, once.
private let decompositions: [Unicode.Scalar: [Unicode.Scalar]] = {
  let ranges: [ClosedRange<UInt32>] = [
    0xC0...0x233, 0x340...0x4F9, 0x622...0x6D3, 0x929...0xA5E, 0xB48...0xDDE, 0xF43...0x1026,
    0x1B06...0x1B43, 0x1E00...0x2001, 0x2126...0x232A, 0x2ADC...0x2ADC, 0x304C...0x30FE,
    0xF900...0xFB4E, 0x1109A...0x1112F, 0x1134B...0x1134C, 0x114BB...0x114BE, 0x115BA...0x115BB,
    0x1D15E...0x1D1C0, 0x2F800...0x2FA1D,
  ]
  var result: [Unicode.Scalar: [Unicode.Scalar]] = [:]
  for scalar in ranges.joined().compactMap({ Unicode.Scalar($0) }) where isKnown(scalar) {
    let parts = Array(String(scalar).decomposedStringWithCanonicalMapping.unicodeScalars)
    if parts != [scalar] { result[scalar] = parts }
  }
  return result
}()

/// The pairs that compose: each decomposition undone by its last step. Scalars that Unicode excludes
/// from composition have none.
private let compositions: [Pair: Unicode.Scalar] = {
  var result: [Pair: Unicode.Scalar] = [:]
  // The parts before the last make one scalar themselves, if they are more than one.
  let wholes = Dictionary(
    decompositions.lazy.filter { !$0.key.properties.isFullCompositionExclusion }
      .map { ($0.value, $0.key) }, uniquingKeysWith: { $1 })
  for (parts, whole) in wholes {
    let first = parts.count == 2 ? parts[0] : wholes[Array(parts.dropLast())]
    if let first { result[Pair(first: first, second: parts[parts.count - 1])] = whole }
  }
  return result
}()
