// sin, cos, exp and log in Double from their series, for the few numbers that need them: tables
// of rotations, and random normals. No libm, so the same bits on every system. The series are
// long enough that what they leave out is below the last bit.

/// sin x and cos x for |x| up to 2³⁰, within 2 ulp.
///
/// x = n π∕2 + r with |r| ≤ π∕4. π∕2 is subtracted in three parts, each with a fused
/// multiply-add: the first difference is exact.
public func sineAndCosine(_ x: Double) -> (sine: Double, cosine: Double) {
  precondition(abs(x) <= 0x1p30, "the angle \(x) is beyond 2³⁰, where its reduction is inexact")
  let n = (x * 0.636_619_772_367_581_4).rounded(.toNearestOrEven)
  var r = x.addingProduct(-n, 0x1.921fb54442d18p0)
  r = r.addingProduct(-n, 0x1.1a62633145c07p-54)
  r = r.addingProduct(-n, -0x1.f1976b7ed8fbcp-110)
  let square = r * r
  let sine = r * alternatingSeries(square, first: 1)
  let cosine = alternatingSeries(square, first: 0)
  switch Int(n) & 3 {
  case 0: return (sine, cosine)
  case 1: return (cosine, -sine)
  case 2: return (-sine, -cosine)
  default: return (-cosine, sine)
  }
}

/// eˣ for |x| ≤ 700, within 2 ulp.
public func exponential(_ x: Double) -> Double {
  precondition(abs(x) <= 700, "the exponent \(x) is beyond ±700")
  let n = (x * 1.442_695_040_888_963_4).rounded(.toNearestOrEven)
  let high = x.addingProduct(-n, 0x1.62e42fefa39efp-1)
  let r = high.addingProduct(-n, 0x1.abc9e3b39803fp-56)
  var sum = 1.0
  for k in stride(from: 14.0, through: 1, by: -1) { sum = (1.0).addingProduct(sum, r / k) }
  return sum * Double(sign: .plus, exponent: Int(n), significand: 1)
}

/// ln x for positive normal x, within 2 ulp.
///
/// x = 2ᵉ m with √½ ≤ m < √2, and ln m = 2 artanh s = 2 (s + s³∕3 + s⁵∕5 + …) with
/// s = (m − 1) ∕ (m + 1), so |s| ≤ 0.172.
public func logarithm(_ x: Double) -> Double {
  precondition(x >= .leastNormalMagnitude && x < .infinity, "no logarithm of \(x) here")
  var (exponent, m) = (x.exponent, x.significand)
  if m > 1.414_213_562_373_095_1 { (exponent, m) = (exponent + 1, m / 2) }
  let s = (m - 1) / (m + 1)
  let square = s * s
  var sum = 0.0
  for k in stride(from: 23.0, through: 3, by: -2) { sum = square * (1 / k + sum) }
  let e = Double(exponent)
  return (2 * s).addingProduct(2 * s, sum).addingProduct(e, 0x1.abc9e3b39803fp-56)
    .addingProduct(e, 0x1.62e42fefa39efp-1)
}

/// `base` to any power, for a positive base.
public func power(_ base: Double, _ exponent: Double) -> Double {
  exponential(exponent * logarithm(base))
}

/// 1 − q ∕ ((a+1)(a+2)) + q² ∕ ((a+1)…(a+4)) − …, which is cos √q for a = 0 and
/// sin √q ∕ √q for a = 1, to the term in q⁹.
private func alternatingSeries(_ q: Double, first a: Double) -> Double {
  var sum = 1.0
  for k in stride(from: 18.0, through: 2, by: -2) {
    sum = (1.0).addingProduct(-sum, q / ((a + k) * (a + k - 1)))
  }
  return sum
}
