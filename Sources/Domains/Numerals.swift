import Kernels

/// A number from 1 to 3999 and its Roman numeral, either way round: `MCMLXXXVII = 1987`.
func numeral(_ generator: inout Generator) -> Item {
  let number = 1 + generator.uniform(below: 3999)
  let roman = romanNumeral(number)
  let line = generator.uniform(below: 2) == 0 ? "\(number) = \(roman)" : "\(roman) = \(number)"
  return Item(text: line + "\n", subject: "\(number)")
}

private func romanNumeral(_ number: Int) -> String {
  var left = number
  var text = ""
  for (value, letters) in romanDigits {
    while left >= value {
      text += letters
      left -= value
    }
  }
  return text
}

private let romanDigits = [
  (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"),
  (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
]
