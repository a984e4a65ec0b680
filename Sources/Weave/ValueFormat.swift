import Notebook

/// How `{{name|format}}` writes a value.
///
/// | format | 0.123456 | meaning |
/// |---|---|---|
/// | none | 0.1235 | four significant digits; whole numbers and words as they are |
/// | `.2` | 0.12 | two digits after the point |
/// | `3` | 0.123 | three significant digits |
/// | `%`, `.0%` | 12.3 %, 12 % | a share as a percentage, with one digit or as many as asked |
/// | `,` | | a whole number with its thousands apart: 12,345 |
/// | `exact` | 0.123456 | every digit |
func formatted(_ text: String, as format: String?) throws(WeaveError) -> String {
  guard let format else {
    guard Int(text) == nil, let number = Double(text) else { return text }
    return number.significant(4)
  }
  if format == "exact" { return text }
  guard let number = Double(text), number.isFinite else {
    throw WeaveError("\(text) is not a number, so |\(format) cannot format it")
  }
  if format == "," {
    guard let whole = Int(text) else { throw WeaveError("\(text) is not a whole number for |,") }
    return grouped(whole)
  }
  if let digits = Int(format), (1...17).contains(digits) { return number.significant(digits) }
  let isPercent = format.hasSuffix("%")
  let precision = isPercent ? format.dropLast() : format[...]
  if isPercent, precision.isEmpty { return "\((number * 100).fixed(1)) %" }
  guard precision.hasPrefix("."), let decimals = Int(precision.dropFirst()),
    (0...17).contains(decimals)
  else {
    throw WeaveError("cannot read the format |\(format); use .2, 3, %, .0%, a comma or exact")
  }
  return isPercent ? "\((number * 100).fixed(decimals)) %" : number.fixed(decimals)
}

/// `12,345`
func grouped(_ number: Int) -> String {
  let digits = Array(String(number.magnitude))
  var text = ""
  for (index, digit) in digits.enumerated() {
    if index > 0, (digits.count - index) % 3 == 0 { text += "," }
    text.append(digit)
  }
  return number < 0 ? "-" + text : text
}
