import Kernels
import Testing

@testable import Transformer

@Suite struct SamplingTests {
  private let logits: [Float] = [2, 0, 1, 2, -1, 3]

  /// How often each token is drawn when the random number runs evenly through 0..<1.
  private func shares(_ sampling: Sampling, history: [Int32] = []) -> [Double] {
    var counts = [Double](repeating: 0, count: logits.count)
    let draws = 20_000
    for i in 0..<draws {
      var scores = logits
      let token = scores.withUnsafeMutableBufferPointer {
        sampling.draw(from: $0, history: history, uniform: (Float(i) + 0.5) / Float(draws))
      }
      counts[Int(token)] += 1 / Double(draws)
    }
    return counts
  }

  private func softmax(_ logits: [Float], keeping: Set<Int>? = nil) -> [Double] {
    let powers = logits.enumerated().map {
      keeping?.contains($0) ?? true ? exponential(Double($1)) : 0
    }
    return powers.map { $0 / powers.reduce(0, +) }
  }

  private func expectClose(_ a: [Double], _ b: [Double]) {
    for (x, y) in zip(a, b) { #expect(abs(x - y) < 2e-4, "\(a) against \(b)") }
  }

  @Test func `temperature one is the softmax`() { expectClose(shares(Sampling()), softmax(logits)) }

  @Test func `temperature divides the logits`() {
    expectClose(shares(Sampling(temperature: 0.5)), softmax(logits.map { $0 * 2 }))
  }

  @Test func `greedy, and ties to the lowest token`() {
    #expect(shares(.greedy)[5] > 0.999)
    var tied: [Float] = [1, 7, 7]
    let token = tied.withUnsafeMutableBufferPointer {
      Sampling.greedy.draw(from: $0, history: [], uniform: 0.9)
    }
    #expect(token == 1)
  }

  @Test func `top k keeps the k likeliest, ties to the lowest`() {
    expectClose(shares(Sampling(topK: 2)), softmax(logits, keeping: [5, 0]))
    expectClose(shares(Sampling(topK: 3)), softmax(logits, keeping: [5, 0, 3]))
  }

  @Test func `top p keeps the smallest set that is likely enough`() {
    // The likeliest has 0.516 of the probability, the next two 0.190 each.
    expectClose(shares(Sampling(topP: 0.5)), softmax(logits, keeping: [5]))
    expectClose(shares(Sampling(topP: 0.6)), softmax(logits, keeping: [5, 0]))
    expectClose(shares(Sampling(topP: 0.85)), softmax(logits, keeping: [5, 0, 3]))
  }

  @Test func `min p is relative to the likeliest`() {
    expectClose(shares(Sampling(minP: 0.3)), softmax(logits, keeping: [5, 0, 3]))
  }

  @Test func `the repetition penalty`() {
    var penalised = logits
    penalised[5] /= 2
    penalised[4] *= 2
    expectClose(shares(Sampling(repetitionPenalty: 2), history: [5, 4, 5]), softmax(penalised))
  }

  @Test(arguments: [Float.leastNonzeroMagnitude, 0.99999994])
  func `the ends of the random numbers draw a token that may be drawn`(_ uniform: Float) {
    var scores: [Float] = [-.infinity, 1, 2, -.infinity]
    let token = scores.withUnsafeMutableBufferPointer {
      Sampling().draw(from: $0, history: [], uniform: uniform)
    }
    #expect(token == 1 || token == 2)
  }
}
