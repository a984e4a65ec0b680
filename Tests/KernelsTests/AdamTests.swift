import Foundation
import Testing

@testable import Kernels

@Suite struct AdamTests {
  @Test(arguments: [1, 16, 33, 70_001]) func followsTheEquations(_ count: Int) {
    var truth = normals(count, seed: 1).map(Double.init)
    var first = [Double](repeating: 0, count: count)
    var second = first
    for step in 1...5 {
      let gradients = normals(count, seed: UInt64(step) + 1)
      for i in 0..<count {
        let gradient = Double(gradients[i])
        truth[i] *= 1 - 0.01 * 0.1
        first[i] = 0.9 * first[i] + 0.1 * gradient
        second[i] = 0.95 * second[i] + 0.05 * gradient * gradient
        let mean = first[i] / (1 - pow(0.9, Double(step)))
        let root = (second[i] / (1 - pow(0.95, Double(step)))).squareRoot()
        truth[i] -= 0.01 * mean / (root + 1e-8)
      }
    }
    let values = onAnyThreads {
      var values = normals(count, seed: 1)
      var first = [Float](repeating: 0, count: count)
      var second = first
      for step in 1...5 {
        adamW(
          values: &values, gradients: normals(count, seed: UInt64(step) + 1),
          firstMoments: &first, secondMoments: &second, count: count, learningRate: 0.01,
          beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, step: step)
      }
      return values
    }
    // Five updates of 0.01, each within some ten roundings, and two roundings of the value each.
    expectClose(values, truth, relative: 10 * 0x1p-24, absolute: 5 * 0.05 * 10 * 0x1p-24)
  }

  @Test func theFirstStepIsTheLearningRateInTheGradientsDirection() {
    var values: [Float] = [1, 1, 1]
    var (first, second): ([Float], [Float]) = ([0, 0, 0], [0, 0, 0])
    adamW(
      values: &values, gradients: [1e-3, -1e3, 0], firstMoments: &first, secondMoments: &second,
      count: 3, learningRate: 0.25, beta1: 0.9, beta2: 0.999, epsilon: 0, weightDecay: 0, step: 1)
    #expect(abs(values[0] - 0.75) < 1e-6 && abs(values[1] - 1.25) < 1e-6 && values[2].isNaN)
  }
}
