/// One of the four operations of Countdown, written in ASCII.
public enum Operator: Character, CaseIterable, Sendable {
  case plus = "+"
  case minus = "-"
  case times = "*"
  case over = "/"

  /// `left` op `right` as an exact fraction; `nil` for a division by zero or past 64 bits.
  public func callAsFunction(_ left: Rational, _ right: Rational) -> Rational? {
    switch self {
    case .plus: left + right
    case .minus: left - right
    case .times: left * right
    case .over: left / right
    }
  }
}
