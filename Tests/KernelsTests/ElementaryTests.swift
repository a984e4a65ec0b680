import Foundation
import Testing

@testable import Kernels

/// Each elementary function against libm in `Double`, over the whole range of `Float`: every
/// 251st bit pattern, or every one with `ESPALIER_EXHAUSTIVE=1` (two minutes).
@Suite struct ElementaryTests {
  @Test func exponentialIsWithinOneUlp() {
    expectUlps(1.0, { exponential($0) }, { Foundation.exp($0) })
  }

  @Test func logarithmIsWithinOneUlp() {
    expectUlps(1.0, { logarithm($0) }, { Foundation.log($0) })
  }

  @Test func hyperbolicTangentIsWithinTwoUlp() {
    expectUlps(2.0, { hyperbolicTangent($0) }, { Foundation.tanh($0) })
  }

  @Test func sigmoidIsWithinTwoAndAHalfUlp() {
    expectUlps(2.5, { sigmoid($0) }, { 1 / (1 + Foundation.exp(-$0)) })
  }

  @Test func specialValues() {
    #expect(exponential(Float.nan).isNaN)
    #expect(exponential(Float.infinity) == .infinity)
    #expect(exponential(-Float.infinity) == 0)
    #expect(exponential(Float(0)) == 1)
    #expect(exponential(-Float.leastNonzeroMagnitude) == 1)
    #expect(exponential(Float(88.72284)) == .infinity)
    #expect(exponential(Float(88.72283)).isFinite)
    #expect(exponential(Float(-103.9)) == .leastNonzeroMagnitude)
    #expect(exponential(Float(-104)) == 0)
    #expect(logarithm(Float(0)) == -.infinity)
    #expect(logarithm(-Float(0)) == -.infinity)
    #expect(logarithm(Float(1)) == 0)
    #expect(logarithm(Float.infinity) == .infinity)
    #expect(logarithm(-Float.leastNonzeroMagnitude).isNaN)
    #expect(logarithm(Float.nan).isNaN)
    #expect(hyperbolicTangent(Float.nan).isNaN)
    #expect(hyperbolicTangent(Float.infinity) == 1)
    #expect(hyperbolicTangent(-Float.infinity) == -1)
    #expect(hyperbolicTangent(-Float(0)).bitPattern == (-Float(0)).bitPattern)
    #expect(sigmoid(Float.nan).isNaN)
    #expect(sigmoid(Float.infinity) == 1)
    #expect(sigmoid(-Float.infinity) == 0)
    #expect(sigmoid(Float(0)) == 0.5)
  }

  @Test func aFloatHasTheBitsOfALane() {
    for i in 0..<16 {
      var x = Lane(repeating: 99)
      x[i] = 0.1 * Float(i) - 0.7
      #expect(exponential(x)[i] == exponential(x[i]))
      #expect(hyperbolicTangent(x)[i] == hyperbolicTangent(x[i]))
      #expect(sigmoid(x)[i] == sigmoid(x[i]))
      #expect(logarithm(x.magnitude)[i] == logarithm(abs(x[i])))
    }
  }
}

/// Requires |ours(x) − true(x)| ≤ `bound` units in the last place of the true value rounded to
/// `Float`, for all samples, and the same infinities and NaNs.
private func expectUlps(
  _ bound: Double, _ ours: (Lane) -> Lane, _ reference: (Double) -> Double,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let exhaustive = ProcessInfo.processInfo.environment["ESPALIER_EXHAUSTIVE"] == "1"
  let stride: UInt64 = exhaustive ? 1 : 251
  var (worst, culprit): (Double, Float) = (0, 0)
  var specials = 0
  var pattern: UInt64 = 0
  while pattern <= UInt64(UInt32.max) {
    var x = Lane.zero
    for i in 0..<16 {
      x[i] = Float(bitPattern: UInt32(truncatingIfNeeded: pattern))
      pattern += stride
    }
    let y = ours(x)
    for i in 0..<16 {
      let truth = reference(Double(x[i]))
      let rounded = Float(truth)
      if !rounded.isFinite || !y[i].isFinite {
        // Where the true value is within the bound of overflow, either side is right.
        let near = abs(truth) > 0x1.fffffdp127 && abs(truth) < 0x1.000001p128
        if near || (rounded.isNaN ? y[i].isNaN : rounded == y[i]) { continue }
        specials += 1
        culprit = x[i]
      } else {
        let error = abs(Double(y[i]) - truth) / Double(rounded.ulp)
        if error > worst { (worst, culprit) = (error, x[i]) }
      }
    }
  }
  #expect(specials == 0, "a wrong special value, at \(culprit)", sourceLocation: sourceLocation)
  #expect(worst <= bound, "\(worst) ulp at \(culprit)", sourceLocation: sourceLocation)
}
