import Foundation

extension BinaryFloatingPoint {
  /// The number for people, rounded to at most `digits` significant digits, such as `0.693147`.
  ///
  /// A number that needs fewer keeps its own shortest text, so `0.1` stays `0.1` and `2` is `2.0`.
  public func significant(_ digits: Int) -> String {
    // The sign of a NaN means nothing, and processors differ in the one they give it.
    if isNaN { return "nan" }
    let shortest = "\(self)"
    let mantissa = shortest.prefix { $0 != "e" }.filter(\.isNumber)
    let used = mantissa.drop { $0 == "0" }.count
    guard isFinite, used > digits else { return shortest }
    let text = String(format: "%.\(digits - 1)e", Double(self))
    return plainNotation(text)
  }
}

/// Turns C's `1.230e+01` into `12.3`, keeping an exponent only for the very large and very small.
private func plainNotation(_ scientific: String) -> String {
  let parts = scientific.split(separator: "e")
  guard parts.count == 2, let exponent = Int(parts[1]) else { return scientific }
  let isNegative = parts[0].hasPrefix("-")
  var digits = parts[0].filter(\.isNumber)
  while digits.count > 1, digits.last == "0" { digits.removeLast() }
  let text: String
  if exponent < -5 || exponent > 15 {
    let fraction = digits.dropFirst()
    text = "\(digits.prefix(1))\(fraction.isEmpty ? "" : ".")\(fraction)e\(exponent)"
  } else if exponent < 0 {
    text = "0." + String(repeating: "0", count: -exponent - 1) + digits
  } else if digits.count <= exponent + 1 {
    text = digits + String(repeating: "0", count: exponent + 1 - digits.count) + ".0"
  } else {
    text = digits.prefix(exponent + 1) + "." + digits.dropFirst(exponent + 1)
  }
  return isNegative ? "-" + text : text
}

/// How a value reads when it is shown: numbers at six digits, long lists of numbers abridged.
func shownText(_ value: Any) -> String {
  switch value {
  case let number as Double: number.significant(6)
  case let number as Float: number.significant(6)
  case let numbers as [Float]: listText(numbers.count) { numbers[$0].significant(6) }
  case let numbers as [Double]: listText(numbers.count) { numbers[$0].significant(6) }
  case let numbers as [Int]: listText(numbers.count) { "\(numbers[$0])" }
  default: String(describing: value)
  }
}

private func listText(_ count: Int, element: (Int) -> String) -> String {
  let most = 16
  let shown = count <= most ? Array(0..<count).map(element) : (0..<(most / 2)).map(element)
  guard count > most else { return "[" + shown.joined(separator: ", ") + "]" }
  let last = (count - 2..<count).map(element)
  return "[" + (shown + ["…"] + last).joined(separator: ", ") + "] (\(count) numbers)"
}

extension Double {
  /// The number with exactly `decimals` digits after the point.
  public func fixed(_ decimals: Int) -> String {
    String(format: "%.\(decimals)f", self)
  }
}
