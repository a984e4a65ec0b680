import Curriculum
import Kernels

/// A line of arithmetic: `473+58=531`, `91-37=54`, `12*34=408`, `91/7=13`.
///
/// A sum, the sum the other way round, and the two differences that undo it are one subject; so are
/// a product and its quotients.
func calculation(_ generator: inout Generator) -> Item {
  let symbol = generator.pick(Operator.allCases)
  let isAdditive = symbol == .plus || symbol == .minus
  let a = generator.uniform(below: isAdditive ? 1000 : 100)
  let b = generator.uniform(below: isAdditive ? 1000 : 100) + (symbol == .over ? 1 : 0)
  let line =
    switch symbol {
    case .plus: "\(a)+\(b)=\(a + b)"
    case .minus: "\(a + b)-\(b)=\(a)"
    case .times: "\(a)*\(b)=\(a * b)"
    case .over: "\(a * b)/\(b)=\(a)"
    }
  let family = "\(isAdditive ? "sum" : "product") of \(min(a, b)) and \(max(a, b))"
  return Item(text: line + "\n", subject: family)
}
