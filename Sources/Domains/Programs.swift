import Curriculum
import Kernels

/// Two to four assignments, an expression to print, and what it prints:
///
///     a=7
///     b=a+5
///     print b-a
///     > 5
///
/// Every value is a whole number from 0 to 99.
func program(_ generator: inout Generator) -> Item {
  var values: [(name: String, value: Int)] = []
  var text = ""
  for _ in 0..<2 + generator.uniform(below: 3) {
    let (expression, value) = operation(on: values, &generator)
    let name = generator.pick(["a", "b", "c", "d"])
    values.removeAll { $0.name == name }
    values.append((name, value))
    text += "\(name)=\(expression)\n"
  }
  let (expression, value) = operation(on: values, &generator)
  text += "print \(expression)\n> \(value)\n"
  return Item(text: text, subject: text)
}

/// A number, or a variable, an operator and a number or another variable, with a result in range.
private func operation(
  on values: [(name: String, value: Int)], _ generator: inout Generator
) -> (text: String, value: Int) {
  guard !values.isEmpty else {
    let value = generator.uniform(below: 100)
    return ("\(value)", value)
  }
  while true {
    let left = generator.pick(values)
    let others = values.filter { $0.name != left.name }
    let isNumber = others.isEmpty || generator.uniform(below: 2) == 0
    let number = generator.uniform(below: 10)
    let right = isNumber ? (name: "\(number)", value: number) : generator.pick(others)
    let symbol = generator.pick([Operator.plus, .minus, .times])
    let result = symbol(Rational(left.value), Rational(right.value))?.whole
    if let result, (0...99).contains(result) {
      return ("\(left.name)\(symbol.rawValue)\(right.name)", result)
    }
  }
}
