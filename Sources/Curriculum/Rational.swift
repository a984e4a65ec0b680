/// An exact fraction in lowest terms, with a positive denominator.
///
/// Every operation answers `nil` where the result does not exist or does not fit in 64 bits: text
/// that a model wrote is judged with this, and must never trap.
///
///     Rational(8)! / (Rational(3)! - Rational(8, 3)!)!    // 24
public struct Rational: Hashable, Sendable {
  public let numerator: Int
  public let denominator: Int

  public init(_ whole: Int) {
    numerator = whole
    denominator = 1
  }

  /// The fraction `numerator / denominator`; `nil` if it does not exist or does not fit.
  public init?(_ numerator: Int, _ denominator: Int) {
    guard denominator != 0, numerator != .min, denominator != .min else { return nil }
    let divisor = greatestCommonDivisor(numerator.magnitude, denominator.magnitude)
    let sign = denominator < 0 ? -1 : 1
    self.numerator = sign * numerator / Int(divisor)
    self.denominator = sign * denominator / Int(divisor)
  }

  /// The value as a whole number, if it is one.
  public var whole: Int? { denominator == 1 ? numerator : nil }

  static func + (a: Rational, b: Rational) -> Rational? {
    a.combined(with: b) { $0.addingReportingOverflow($1) }
  }

  static func - (a: Rational, b: Rational) -> Rational? {
    a.combined(with: b) { $0.subtractingReportingOverflow($1) }
  }

  /// The sum or difference of two fractions, over their common denominator.
  private func combined(
    with other: Rational, _ combine: (Int, Int) -> (partialValue: Int, overflow: Bool)
  ) -> Rational? {
    guard let left = product(numerator, other.denominator),
      let right = product(other.numerator, denominator),
      let denominator = product(denominator, other.denominator)
    else { return nil }
    let (value, overflow) = combine(left, right)
    return overflow ? nil : Rational(value, denominator)
  }

  static func * (a: Rational, b: Rational) -> Rational? {
    guard let numerator = product(a.numerator, b.numerator),
      let denominator = product(a.denominator, b.denominator)
    else { return nil }
    return Rational(numerator, denominator)
  }

  static func / (a: Rational, b: Rational) -> Rational? {
    guard let inverse = Rational(b.denominator, b.numerator) else { return nil }
    return a * inverse
  }
}

private func product(_ a: Int, _ b: Int) -> Int? {
  let (result, overflow) = a.multipliedReportingOverflow(by: b)
  return overflow ? nil : result
}

private func greatestCommonDivisor(_ a: UInt, _ b: UInt) -> UInt {
  var (a, b) = (a, b)
  while b != 0 { (a, b) = (b, a % b) }
  return a
}
