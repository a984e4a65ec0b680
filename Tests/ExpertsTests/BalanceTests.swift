import Foundation
import Kernels
import Tensors
import Testing
import Training
import Transformer

@testable import Experts

@Suite struct BalanceTests {
  private func routing(
    _ logits: Tensor, _ choices: [Int32], score: MixtureConfiguration.Score = .softmax
  ) -> Routing {
    let slots = choices.count / logits.shape[0]
    return Routing(
      logits: logits, score: score, experts: logits.shape.width, slots: slots, choices: choices,
      served: choices, weights: Tensor([logits.shape[0], slots], repeating: 1))
  }

  private let even = Tensor([8, 4], repeating: 0)

  @Test(arguments: MixtureConfiguration.Score.allCases)
  func `the balancing loss is exactly 1 in balance`(_ score: MixtureConfiguration.Score) {
    let balanced = routing(even, [0, 1, 2, 3, 3, 2, 1, 0], score: score)
    #expect(balanced.balanceLoss()!.scalar == 1)
    let pairs = routing(even, (0..<16).map { $0 % 4 }, score: score)
    #expect(pairs.balanceLoss()!.scalar == 1)
  }

  @Test func `it is the number of experts in collapse`() {
    let logits = Tensor((0..<8).map { _ in [200, 0, 0, 0] })
    #expect(routing(logits, Array(repeating: 0, count: 8)).balanceLoss()!.scalar == 4)
    // Opposite collapses of two layers do not cancel: each counts by itself.
    let other = Tensor((0..<8).map { _ in [0, 200, 0, 0] })
    #expect(routing(other, Array(repeating: 1, count: 8)).balanceLoss()!.scalar == 4)
  }

  @Test func `its blind spot: even odds and one favourite`() {
    #expect(routing(even, Array(repeating: 0, count: 8)).balanceLoss()!.scalar == 1)
  }

  @Test func `the gradients of the losses are the slopes that are measured`() {
    let logits = Sample.tensor([8, 4], seed: 5)
    let choices: [Int32] = [0, 1, 0, 2, 0, 3, 1, 0]
    for score in MixtureConfiguration.Score.allCases {
      let check = gradientCheck(at: [logits]) {
        routing($0[0], choices, score: score).balanceLoss()!
      }
      #expect(check < 2e-4)
    }
    #expect(gradientCheck(at: [logits]) { routing($0[0], choices).routerZLoss()! } < 2e-4)
  }

  @Test func `the gradient of the balancing loss is the published formula`() {
    // dL/dl[t, i] = E/N p[t, i] (f[i] − Σⱼ f[j] p[t, j])
    let logits = Sample.tensor([6, 4], seed: 6)
    let choices: [Int32] = [0, 1, 0, 2, 0, 3]
    let f: [Float] = [3 / 6, 1 / 6, 1 / 6, 1 / 6]
    let p = logits.softmax()
    let slopes = gradient(at: [logits]) { routing($0[0], choices).balanceLoss()! }.gradients[0]
    for t in 0..<6 {
      let mean = (0..<4).reduce(Float(0)) { $0 + f[$1] * p[t, $1] }
      for i in 0..<4 {
        #expect(abs(slopes[t, i] - 4 / 6 * p[t, i] * (f[i] - mean)) < 1e-6)
      }
    }
  }

  @Test func `the z-loss of even logits is the square of ln E`() {
    let loss = routing(even, Array(repeating: 0, count: 8)).routerZLoss()!.scalar
    let logarithm = logarithm(Float(4))
    #expect(abs(loss - logarithm * logarithm) < 1e-6)
  }

  @Test func `a bias moves towards balance and keeps its mean at zero`() {
    let router = Sample.model(Sample.deepSeek).mixtures[0].router
    router.selectionBias!.set(Tensor([5], repeating: 0))
    router.balance(load: [9, 1, 5, 5, 5], rate: 0.25)
    #expect(router.selectionBias!.tensor.floats == [-0.25, 0.25, 0, 0, 0])
    router.balance(load: [9, 4, 4, 4, 4], rate: 0.5)
    let bias = router.selectionBias!.tensor.floats
    #expect(abs(bias.reduce(0, +)) < 1e-6)
    #expect(bias[0] < -0.7 && bias[1] > bias[2] && bias[2] == bias[4])
  }
}

/// Training runs with hooks.
@Suite struct BalancedTrainingTests {
  static let decoder = Configuration(
    vocabulary: 23, width: 16, layers: 2, heads: 2, keyValueHeads: 1, feedForwardWidth: 24,
    context: 64)

  static func batch(_ step: Int) -> [Example] {
    var generator = Generator(seed: 1).stream(UInt64(step))
    return (0..<12).map { _ in
      var token = generator.uniform(below: 23)
      let tokens = (0..<3 + generator.uniform(below: 30)).map { _ in
        token = (token * 5 + 3) % 23
        return Int32(token)
      }
      return Example(tokens)
    }
  }

  static func mixture(
    _ change: (inout MixtureConfiguration) -> Void
  ) -> MixtureConfiguration {
    var mixture = MixtureConfiguration(experts: 8, expertsPerToken: 2, expertWidth: 12)
    change(&mixture)
    return mixture
  }

  static let plain = mixture { _ in }
  static let biased = mixture {
    $0.score = .sigmoid
    $0.renormalizes = true
    $0.hasSelectionBias = true
  }
  static let noisy = mixture { $0.noise = 0.5 }
  static let random = mixture { $0.selection = .random }
  static let limited = mixture { $0.capacity = 1 }

  private func train(
    _ mixture: MixtureConfiguration, _ balance: Balance, steps: Int = 24, until stop: Int = .max,
    tokensAtOnce: Int = 1 << 14, state: URL? = nil
  ) throws -> (model: Transformer, weights: [Float], losses: [Double]) {
    var options = Trainer.Options(steps: steps, learningRate: 1e-2)
    options.schedule = .constant
    options.tokensAtOnce = tokensAtOnce
    options.stateFile = state
    let model = try Transformer(Self.decoder, mixture: mixture, seed: 4)
    let trainer = Trainer(
      model, options, hooks: balance.hooks(for: model), batch: Self.batch)
    var losses: [Double] = []
    try trainer.run {
      losses.append($0.loss)
      return $0.step < stop
    }
    return (model, model.parameters.all.flatMap { $0.tensor.floats }, losses)
  }

  private static let runs: [(MixtureConfiguration, Balance)] = [
    (plain, Balance(loss: 0.01, routerZLoss: 0.001)), (biased, Balance(biasRate: 0.01)),
    (noisy, Balance()), (random, Balance()), (limited, Balance(loss: 0.01)),
  ]

  @Test(arguments: runs.indices, [1, 13])
  func `a run that was stopped goes on as if it had not been`(_ run: Int, _ stop: Int) throws {
    let (mixture, balance) = Self.runs[run]
    let whole = try train(mixture, balance)
    let state = FileManager.default.temporaryDirectory
      .appending(path: "espalier-\(UInt64.random(in: 0...UInt64.max)).safetensors")
    defer { try? FileManager.default.removeItem(at: state) }
    let first = try train(mixture, balance, until: stop, state: state)
    let second = try train(mixture, balance, state: state)
    #expect(first.losses + second.losses == whole.losses)
    #expect(second.weights == whole.weights)
    #expect(throws: TrainingError.self) {
      try train(mixture, Balance(loss: 0.5), state: state)
    }
  }

  @Test(arguments: [1, 2, 3])
  func `without a loss that couples tokens, pieces of any size give the same bits`(
    _ run: Int
  ) throws {
    let (mixture, balance) = Self.runs[run]
    let whole = try train(mixture, balance)
    for tokens in [1, 100] {
      #expect(try train(mixture, balance, tokensAtOnce: tokens).weights == whole.weights)
    }
  }

  @Test func `a penalty is felt and not reported`() throws {
    let without = try train(Self.plain, Balance(), steps: 2)
    let with = try train(Self.plain, Balance(loss: 10), steps: 2)
    #expect(with.losses[0] == without.losses[0])
    #expect(with.weights != without.weights)
  }

  @Test(arguments: [
    (plain, Balance(loss: 0.1)), (biased, Balance(biasRate: 0.02)),
  ])
  func `balance is better with it than without`(
    _ mixture: MixtureConfiguration, _ balance: Balance
  ) throws {
    func violation(_ balance: Balance) throws -> Double {
      let run = try train(mixture, balance, steps: 120)
      return run.model.mixtures.reduce(0) { $0 + Load($1.ledger.load).maximumViolation }
    }
    #expect(try violation(balance) < violation(Balance()))
  }
}
