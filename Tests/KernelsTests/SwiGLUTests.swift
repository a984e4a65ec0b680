import Foundation
import Testing

@testable import Kernels

@Suite struct SwiGLUTests {
  @Test(arguments: [1, 16, 17, 1000, 40_003])
  func forwardAndBackwardAgreeWithTheirDefinitions(_ count: Int) {
    let (gate, up) = (normals(count, seed: 1, deviation: 3), normals(count, seed: 2))
    let (dy, before) = (normals(count, seed: 3), normals(count, seed: 4))
    let y = onAnyThreads {
      var y = [Float](repeating: 0, count: count)
      swiglu(gate: gate, up: up, into: &y, count: count)
      return y
    }
    let open = gate.map { 1 / (1 + exp(-Double($0))) }
    // The sigmoid's 2.5 ulp and two products.
    let truth = (0..<count).map { Double(gate[$0]) * open[$0] * Double(up[$0]) }
    expectClose(y, truth, relative: 3.5 * 0x1p-23)
    for accumulate in [false, true] {
      let gradients = onAnyThreads {
        var (dgate, dup) = (before, before)
        swigluBackward(
          gate: gate, up: up, dy: dy, dgate: &dgate, dup: &dup, count: count,
          accumulate: accumulate)
        return dgate + dup
      }
      let old = accumulate ? before.map(Double.init) : .init(repeating: 0, count: count)
      let dgate = (0..<count).map {
        let g = Double(gate[$0])
        return old[$0] + Double(dy[$0]) * Double(up[$0]) * open[$0] * (1 + g * (1 - open[$0]))
      }
      let dup = (0..<count).map { old[$0] + Double(dy[$0]) * Double(gate[$0]) * open[$0] }
      expectClose(gradients, dgate + dup, relative: 0x1p-20, absolute: 0x1p-20)
    }
  }

  @Test func extremesOfTheGate() {
    let gate: [Float] = [1000, -1000, 0, .nan, .infinity]
    var y = [Float](repeating: 1, count: 5)
    swiglu(gate: gate, up: [2, 2, 2, 2, 2], into: &y, count: 5)
    #expect(y[0] == 2000 && y[1] == 0 && y[2] == 0 && y[3].isNaN && y[4] == .infinity)
  }
}
