import Kernels
import Testing

@testable import Reinforcement

private func logProbabilities(_ count: Int, _ generator: inout Generator) -> [Double] {
  (0..<count).map { _ in -3 * Double(generator.uniform()) - 0.01 }
}

private let losses = [
  PolicyLoss(), PolicyLoss(clipping: .higher), PolicyLoss(clipping: .none),
  PolicyLoss(clipping: Clipping(low: 0.2, high: 0.2, dual: 3)),
  PolicyLoss(ratio: .sequence, clipping: .symmetric), PolicyLoss(ratio: .sequence, clipping: .none),
  PolicyLoss(divergence: Divergence(.k1, weight: 0.3)),
  PolicyLoss(divergence: Divergence(.k2, weight: 0.3)),
  PolicyLoss(ratio: .sequence, divergence: Divergence(.k3, weight: 0.3)),
]

@Suite struct PolicyLossTests {
  /// Every slope against the quotient of differences, for texts on both sides of every limit.
  @Test(arguments: losses, [-1.5, 0.7])
  func `the slopes are those of the loss`(_ loss: PolicyLoss, _ advantage: Double) {
    var generator = Generator(seed: 5)
    for _ in 0..<20 {
      let policy = logProbabilities(6, &generator)
      let old = logProbabilities(6, &generator)
      let reference = logProbabilities(6, &generator)
      func part(_ policy: [Double]) -> PolicyLoss.Part {
        loss(policy: policy, old: old, reference: reference, advantage: advantage, weight: 0.25)
      }
      let slopes = part(policy).slopes
      for token in policy.indices {
        func shifted(_ by: Double) -> Double {
          var moved = policy
          moved[token] += by
          return part(moved).loss
        }
        let quotient = (shifted(1e-5) - shifted(-1e-5)) / 2e-5
        #expect(abs(quotient - slopes[token]) < 1e-8 * max(1, abs(quotient)))
      }
    }
  }

  /// With one update for each batch the ratio is 1: no limit is reached, and all forms of ratio and
  /// clipping are the policy gradient, −A for each token.
  @Test(arguments: [
    Clipping.symmetric, .higher, .sequence, .none, Clipping(low: 0, high: 0),
    Clipping(low: 0.2, high: 0.2, dual: 1.5),
  ])
  func `for the policy that wrote the text all variants are one`(_ clipping: Clipping) {
    var generator = Generator(seed: 6)
    let policy = logProbabilities(7, &generator)
    for ratio in [PolicyLoss.Ratio.token, .sequence] {
      for advantage in [-2.0, 0, 3] {
        let part = PolicyLoss(ratio: ratio, clipping: clipping)(
          policy: policy, old: policy, advantage: advantage, weight: 1)
        #expect(part.ratios.allSatisfy { $0 == 1 })
        #expect(part.slopes.allSatisfy { $0 == -advantage })
        #expect(part.loss == -7 * advantage)
        #expect(part.heldLow == 0 && part.heldHigh == 0)
      }
    }
  }

  @Test func `the aggregations are one where all texts are equally long`() {
    let all: [Aggregation] = [
      .sequences, .tokens, .constant(length: 8), .microBatches(of: 2), .microBatches(of: 4),
    ]
    for aggregation in all {
      #expect(aggregation.weights(of: [8, 8, 8, 8]) == [Double](repeating: 0.03125, count: 4))
    }
    let differing: [[Double]] = all.map { $0.weights(of: [1, 2, 3, 10]) }
    let (sequences, micro): ([Double], [Double]) = (
      [0.25, 0.125, 1.0 / 12, 0.025], [1.0 / 6, 1.0 / 6, 1.0 / 26, 1.0 / 26]
    )
    #expect(differing[0] == sequences)
    #expect(differing[1] == [Double](repeating: 0.0625, count: 4))
    #expect(differing[2] == [Double](repeating: 0.03125, count: 4))
    #expect(differing[3] == micro)
    #expect(differing[4] == differing[1])
    #expect(Aggregation.microBatches(of: 1).weights(of: [1, 2, 3, 10]) == differing[0])
  }

  @Test func `a ratio beyond its limit pulls no longer, and is counted`() {
    func part(_ logRatio: Double, _ advantage: Double, _ dual: Double? = nil) -> PolicyLoss.Part {
      PolicyLoss(clipping: Clipping(low: 0.2, high: 0.28, dual: dual))(
        policy: [logRatio - 1], old: [-1], advantage: advantage, weight: 1)
    }
    #expect(part(0.26, 1).slopes == [0] && part(0.26, 1).heldHigh == 1)
    #expect(part(0.26, 1).loss == -1.28)
    #expect(part(0.24, 1).slopes != [0] && part(0.24, 1).heldHigh == 0)
    #expect(part(-0.3, -1).slopes == [0] && part(-0.3, -1).heldLow == 1)
    #expect(part(-0.3, 1).slopes != [0] && part(2, -1).slopes != [0])
    #expect(part(2, -1, 3).slopes == [0] && part(2, -1, 3).loss == 3)
    #expect(part(2000, -1).loss.isFinite && part(-2000, 1).loss.isFinite)
  }

  /// The divergence between two distributions over five tokens, exactly and by its estimators.
  @Test func `k1 and k3 are unbiased, and k2 has the right slope`() {
    let p = [0.4, 0.3, 0.15, 0.1, 0.05]
    let q = [0.25, 0.25, 0.2, 0.2, 0.1]
    func mean(_ value: (_ policy: Double, _ reference: Double) -> Double) -> Double {
      zip(p, q).reduce(0) { $0 + $1.0 * value(logarithm($1.0), logarithm($1.1)) }
    }
    let exact = zip(p, q).reduce(0) { $0 + $1.0 * logarithm($1.0 / $1.1) }
    #expect(abs(mean { Divergence.Estimator.k1(policy: $0, reference: $1).value } - exact) < 1e-15)
    #expect(abs(mean { Divergence.Estimator.k3(policy: $0, reference: $1).value } - exact) < 1e-15)
    #expect(abs(mean { Divergence.Estimator.k2(policy: $0, reference: $1).value } - exact) > 1e-3)
    // The slope of the divergence by the logit of token i is p (log p/q − divergence).
    for i in p.indices {
      func slope(_ estimator: Divergence.Estimator) -> Double {
        p.indices.reduce(0) { sum, token in
          let pull = estimator(policy: logarithm(p[token]), reference: logarithm(q[token]))
          return sum + p[token] * pull.slope * ((token == i ? 1 : 0) - p[i])
        }
      }
      let exactSlope = p[i] * (logarithm(p[i] / q[i]) - exact)
      #expect(abs(slope(.k2) - exactSlope) < 1e-15)
      #expect(abs(slope(.k1)) < 1e-15)
    }
    for estimator in [Divergence.Estimator.k2, .k3] {
      #expect(
        zip(p, q).allSatisfy {
          estimator(policy: logarithm($0), reference: logarithm($1)).value >= 0
        })
      #expect(estimator(policy: -2, reference: -2).value == 0)
    }
  }
}
