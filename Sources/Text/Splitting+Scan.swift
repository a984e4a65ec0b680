/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
func endOfGPT2Piece(_ bytes: Span<UInt8>, from start: Int) -> Int {
  if let end = endOfContraction(bytes, from: start, ignoringCase: false) { return end }
  let (kind, next) = character(bytes, at: start)
  if bytes[start] == UInt8(ascii: " "), next < bytes.count {
    let following = character(bytes, at: next).kind
    if !following.isWhitespace { return endOfRun(bytes, from: next) { $0 == following } }
  }
  return kind.isWhitespace
    ? endOfWhitespace(bytes, from: start, keepingLines: false)
    : endOfRun(bytes, from: start) { $0 == kind }
}

/// The rule of Qwen2 and Llama 3; see `Splitting.pattern`. Its alternatives stand in the order of
/// the expression, because the first that matches wins.
func endOfModernPiece(
  _ bytes: Span<UInt8>, from start: Int, longestNumber: Int
) -> Int {
  // (?i:'s|'t|'re|'ve|'m|'ll|'d)
  if let end = endOfContraction(bytes, from: start, ignoringCase: true) { return end }
  let (kind, next) = character(bytes, at: start)
  let following = next < bytes.count ? character(bytes, at: next).kind : nil

  // [^\r\n\p{L}\p{N}]?\p{L}+
  if kind == .letter || (following == .letter && (kind == .space || kind == .other)) {
    return endOfRun(bytes, from: next) { $0 == .letter }
  }
  // \p{N}{1,longestNumber}
  if kind == .number {
    var end = next
    for _ in 1..<longestNumber where end < bytes.count {
      let digit = character(bytes, at: end)
      guard digit.kind == .number else { break }
      end = digit.next
    }
    return end
  }
  //  ?[^\s\p{L}\p{N}]+[\r\n]*
  if kind == .other || (following == .other && bytes[start] == UInt8(ascii: " ")) {
    let end = endOfRun(bytes, from: next) { $0 == .other }
    return endOfRun(bytes, from: end) { $0 == .newline }
  }
  // \s*[\r\n]+|\s+(?!\S)|\s+
  return endOfWhitespace(bytes, from: start, keepingLines: true)
}

@inline(__always)
private func character(
  _ bytes: Span<UInt8>, at start: Int
) -> (kind: CharacterClass, next: Int) {
  let scalar = bytes.scalar(at: start)
  return (CharacterClass(scalar.value), start + scalar.length)
}

/// The end of the longest run of characters from `start` on whose classes are `members`.
@inline(__always)
private func endOfRun(
  _ bytes: Span<UInt8>, from start: Int, of members: (CharacterClass) -> Bool
) -> Int {
  var end = start
  while end < bytes.count {
    let (kind, next) = character(bytes, at: end)
    guard members(kind) else { break }
    end = next
  }
  return end
}

/// `\s+(?!\S)|\s+`, after `\s*[\r\n]+` if `keepingLines`: up to the last line end; else the whole
/// run if the text ends with it; else all but its last character, which goes with what follows.
private func endOfWhitespace(
  _ bytes: Span<UInt8>, from start: Int, keepingLines: Bool
) -> Int {
  var (end, last, afterLineEnd) = (start, start, start)
  while end < bytes.count {
    let (kind, next) = character(bytes, at: end)
    guard kind.isWhitespace else { break }
    (last, end) = (end, next)
    if kind == .newline { afterLineEnd = end }
  }
  if keepingLines, afterLineEnd > start { return afterLineEnd }
  return end == bytes.count || last == start ? end : last
}

/// `'s|'t|'re|'ve|'m|'ll|'d`. Without regard to case the s may also be ſ (U+017F), whose capital is
/// S; no other letter outside of ASCII folds to one of these.
private func endOfContraction(
  _ bytes: Span<UInt8>, from start: Int, ignoringCase: Bool
) -> Int? {
  guard bytes[start] == UInt8(ascii: "'"), start + 1 < bytes.count else { return nil }
  let lowercase: UInt8 = ignoringCase ? 0x20 : 0
  let first = bytes[start + 1] | lowercase
  let second = start + 2 < bytes.count ? bytes[start + 2] : 0
  switch (first, second | lowercase) {
  case (UInt8(ascii: "s"), _), (UInt8(ascii: "t"), _), (UInt8(ascii: "m"), _),
    (UInt8(ascii: "d"), _):
    return start + 2
  case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
    (UInt8(ascii: "l"), UInt8(ascii: "l")):
    return start + 3
  default:
    return ignoringCase && bytes[start + 1] == 0xC5 && second == 0xBF ? start + 3 : nil
  }
}
