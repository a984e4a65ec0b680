import Foundation
import Testing

@testable import Kernels

@Suite struct ActivationTests {
  @Test(arguments: Activation.allCases, [1, 17, 40_003])
  func valueAndSlopeAgreeWithTheirDefinitions(_ activation: Activation, _ count: Int) {
    let x = normals(count, deviation: 3)
    let (dy, before) = (normals(count, seed: 2), normals(count, seed: 3))
    let y = onAnyThreads {
      var y = [Float](repeating: 0, count: count)
      activate(activation, x, into: &y, count: count)
      return y
    }
    // A few roundings, of values that reach 0.05 of what they are differences of.
    expectClose(y, x.map { value(activation, Double($0)) }, relative: 0x1p-20, absolute: 0x1p-21)
    for accumulate in [false, true] {
      let dx = onAnyThreads {
        var dx = before
        activateBackward(
          activation, x: x, dy: dy, into: &dx, count: count, accumulate: accumulate)
        return dx
      }
      let truth = (0..<count).map { i in
        let h = 1e-5
        let slope =
          (value(activation, Double(x[i]) + h) - value(activation, Double(x[i]) - h)) / (2 * h)
        return (accumulate ? Double(before[i]) : 0) + Double(dy[i]) * slope
      }
      expectClose(dx, truth, relative: 0x1p-19, absolute: 0x1p-19)
    }
  }

  @Test(arguments: Activation.allCases) func aNaNStaysOne(_ activation: Activation) {
    let x: [Float] = [.nan, 0]
    var y: [Float] = [0, .nan]
    activate(activation, x, into: &y, count: 2)
    #expect(y[0].isNaN && y[1] == (activation == .sigmoid ? 0.5 : 0))
  }
}

private func value(_ activation: Activation, _ x: Double) -> Double {
  switch activation {
  case .relu: max(x, 0)
  case .sigmoid: 1 / (1 + exp(-x))
  case .tanh: tanh(x)
  case .silu: x / (1 + exp(-x))
  case .gelu: 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
  }
}
