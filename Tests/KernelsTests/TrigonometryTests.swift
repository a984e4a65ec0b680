import Foundation
import Testing

@testable import Kernels

@Suite struct TrigonometryTests {
  @Test func sineAndCosineAgreeWithLibm() {
    var generator = Generator(seed: 1)
    var worst = 0.0
    for scale in [1.0, 100, 0x1p20, 0x1p30] {
      for i in 0..<20_000 {
        let x = (Double(generator.uniform()) - 0.5) * 2 * scale
        let angle = i % 10 == 0 ? (x / (.pi / 2)).rounded() * (.pi / 2) : x
        let (sine, cosine) = sineAndCosine(angle)
        worst = max(worst, abs(sine - sin(angle)) / sin(angle).ulp)
        worst = max(worst, abs(cosine - cos(angle)) / cos(angle).ulp)
      }
    }
    #expect(worst <= 2, "\(worst) ulp")
    #expect(sineAndCosine(0) == (0, 1))
  }

  @Test func exponentialAndLogarithmAgreeWithLibm() {
    var generator = Generator(seed: 2)
    var (worstExponential, worstLogarithm) = (0.0, 0.0)
    for _ in 0..<50_000 {
      let x = Double(generator.normal()) * 100
      if abs(x) <= 700 {
        worstExponential = max(worstExponential, abs(exponential(x) - exp(x)) / exp(x).ulp)
      }
      for y in [exp(x / 2), 1 + Double(generator.uniform()) * 1e-3, 1e-300 * (1 + abs(x))] {
        worstLogarithm = max(worstLogarithm, abs(logarithm(y) - log(y)) / log(y).ulp)
      }
    }
    #expect(worstExponential <= 2, "\(worstExponential) ulp")
    #expect(worstLogarithm <= 2, "\(worstLogarithm) ulp")
    #expect(exponential(0.0) == 1 && logarithm(1.0) == 0)
  }

  @Test func powersAgreeWithLibm() {
    for base in [10_000.0, 500_000, 1_000_000] {
      for i in 0..<64 {
        let exponent = -2 * Double(i) / 128
        let truth = pow(base, exponent)
        // The logarithm's error, times an exponent of up to 14, becomes relative.
        #expect(abs(power(base, exponent) - truth) <= 16 * truth.ulp)
      }
    }
  }
}
