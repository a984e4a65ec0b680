/// A measured number that was typed into the prose instead of interpolated.
struct BareNumber: Equatable {
  let lineOffset: Int
  let text: String
}

/// What a number counts in when it was surely read off a clock.
private let measuredUnits = [
  "ms", "µs", "μs", "ns", "GFLOP/s", "GFLOPS", "TFLOP/s", "GB/s", "tokens/s", "tok/s",
]

/// Words after which a decimal number is a version or a place in a text.
private let namesBeforeNumbers: Set = [
  "Swift", "OpenBLAS", "Debian", "Ubuntu", "macOS", "Linux", "Python", "PyTorch", "torch",
  "transformers", "Llama", "Qwen", "GPT", "Gemma", "Mistral", "DeepSeek", "gnuplot", "version",
  "Version", "Apache", "License", "Section", "section", "Figure", "figure", "Table", "table",
  "Chapter", "chapter", "Equation", "equation", "Algorithm", "Theorem", "Appendix", "§",
]

/// Finds decimal numbers, percentages, ratios such as `3×`, and times in plain prose.
///
/// Not meant: whole numbers, versions (`1.2.3`, `Swift 6.3`), numbers glued to letters (`fp16`),
/// heading numbers (`## 2.1 Shapes`), dimensions (`2 × 3`).
///
/// - Parameter following: The character after the text, where math or code begins.
func bareNumbers(in text: String, before following: Character?) -> [BareNumber] {
  let characters = Array(text) + (following.map { [$0] } ?? [])
  var found: [BareNumber] = []
  var line = 0
  var index = 0
  while index < characters.count {
    let character = characters[index]
    if character == "\n" { line += 1 }
    guard character.isASCIIDigit else {
      index += 1
      continue
    }
    let start = index
    var dots = 0
    while index < characters.count {
      if characters[index].isASCIIDigit {
        index += 1
      } else if characters[index] == ".", index + 1 < characters.count,
        characters[index + 1].isASCIIDigit
      {
        dots += 1
        index += 1
      } else {
        break
      }
    }
    let number = String(characters[start..<index])
    let before = start > 0 ? characters[start - 1] : " "
    if before.isLetter || before.isNumber || "_/:§".contains(before) || dots > 1 { continue }
    if isHeadingNumber(characters, start) || followsName(characters, start) { continue }
    let suffix = measuredSuffix(characters, index)
    guard dots == 1 || suffix != nil else { continue }
    found.append(
      BareNumber(
        lineOffset: line,
        text: "the number \(number)\(suffix ?? "") is typed into the prose; pin or measure it and "
          + "write {{name}}, or \\num{\(number)} if no run can change it"))
  }
  return found
}

/// What after a whole number makes it a measured one.
private func measuredSuffix(_ characters: [Character], _ end: Int) -> String? {
  var start = end
  if start < characters.count, characters[start] == " " || characters[start] == "\u{A0}" {
    start += 1
  }
  guard start < characters.count else { return nil }
  let gap = String(characters[end..<start])
  let rest = characters[start...]
  if rest.first == "%" { return gap + "%" }
  if rest.first == "×" || rest.first == "x" && start == end {
    let after = rest.dropFirst().first { $0 != " " && $0 != "\u{A0}" }
    let isDimension = after.map { $0.isASCIIDigit || $0 == "$" || $0 == "{" } ?? false
    let isWord = rest.first == "x" && rest.dropFirst().first?.isLetter == true
    return isDimension || isWord ? nil : gap + String(rest.first!)
  }
  for unit in measuredUnits where rest.starts(with: unit) {
    let next = rest.dropFirst(unit.count).first
    if next.map({ !$0.isLetter && !$0.isNumber }) ?? true { return gap + unit }
  }
  return nil
}

private func isHeadingNumber(_ characters: [Character], _ start: Int) -> Bool {
  var index = start - 1
  while index >= 0, characters[index] == " " { index -= 1 }
  guard index >= 0, characters[index] == "#" else { return false }
  while index >= 0, characters[index] == "#" { index -= 1 }
  return index < 0 || characters[index] == "\n"
}

private func followsName(_ characters: [Character], _ start: Int) -> Bool {
  var end = start
  while end > 0, " \u{A0}\n-".contains(characters[end - 1]) { end -= 1 }
  var begin = end
  while begin > 0, characters[begin - 1].isLetter || characters[begin - 1] == "§" { begin -= 1 }
  return namesBeforeNumbers.contains(String(characters[begin..<end]))
}

extension Character {
  fileprivate var isASCIIDigit: Bool { isASCII && isNumber }
}
