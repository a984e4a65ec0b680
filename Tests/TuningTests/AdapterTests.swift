import Experts
import Foundation
import Kernels
import Tensors
import Testing
import Training

@testable import Transformer
@testable import Tuning

@Suite struct AdapterTests {
  static let everything = LoRAConfiguration(
    rank: 4, alpha: 8,
    targets: .modules(
      "q_proj k_proj v_proj o_proj gate_proj up_proj down_proj lm_head".split(separator: " ")
        .map(String.init)))

  static var dropping: LoRAConfiguration {
    var configuration = everything
    configuration.dropout = 0.2
    return configuration
  }

  @Test(arguments: [Sample.llama, Sample.qwen])
  func `at first no bit of an answer changes`(_ configuration: Configuration) {
    let base = Sample.model(configuration)
    let adapter = Adapter(base, Self.everything, seed: 1)
    #expect(adapter.parameters.all.count == 2 * (7 * 3 + (configuration.tiesEmbeddings ? 0 : 1)))
    #expect(
      Sample.logits(adapter.model).map(\.bitPattern) == Sample.logits(base).map(\.bitPattern))
    let prompts = [Sample.tokens(5), Sample.tokens(9, seed: 2)]
    #expect(Writer(adapter.model, seed: 4)(prompts) == Writer(base, seed: 4)(prompts))
  }

  @Test func `initial values depend on seed and name alone`() {
    let few = Adapter(
      Sample.model(), LoRAConfiguration(rank: 4, alpha: 8, targets: .modules(["v_proj"])), seed: 1)
    let all = Adapter(Sample.model(), Self.everything, seed: 1)
    for parameter in few.parameters.all {
      let same = all.parameters.all.first { $0.name == parameter.name }
      #expect(same?.tensor.floats == parameter.tensor.floats)
    }
    let other = Adapter(Sample.model(), Self.everything, seed: 2)
    #expect(Sample.values(other.parameters) != Sample.values(all.parameters))
  }

  @Test func `it learns, and the base stays as it is`() throws {
    let base = Transformer(Sample.llama, seed: 1)
    let before = Sample.values(base.parameters)
    let adapter = Adapter(base, LoRAConfiguration(rank: 8, alpha: 16), seed: 1)
    #expect(base.parameters.isFrozen && !adapter.parameters.isFrozen)
    var losses: [Double] = []
    try Trainer(adapter, Sample.options(60), batch: Sample.batch).run {
      losses.append($0.loss)
      return true
    }
    #expect(losses.last! < 0.75 * losses[0], "\(losses[0]) → \(losses.last!)")
    #expect(Sample.values(base.parameters).map(\.bitPattern) == before.map(\.bitPattern))
    #expect(Sample.logits(adapter.model) != Sample.logits(base))
  }

  /// Along the gradient, a unit of length at a time, the loss rises by the norm.
  @Test(arguments: [Sample.llama, Sample.qwen])
  func `the gradient is the slope`(_ configuration: Configuration) {
    let adapter = Sample.adapter(configuration, Self.everything)
    let tokens = Sample.tokens(30)
    func loss() -> Tensor {
      adapter.model(Passage(tokens, lengths: [30])).crossEntropy(Sample.tokens(30, seed: 10))
    }
    adapter.parameters.zeroGradients()
    valueAndGradient { loss() }
    let norm = adapter.parameters.gradientNorm
    let start = adapter.parameters.all.map { $0.tensor.scaled(by: 1) }
    let slopes = adapter.parameters.all.map { $0.gradient.scaled(by: 1) }
    func loss(at distance: Float) -> Double {
      for (parameter, (value, slope)) in zip(adapter.parameters.all, zip(start, slopes)) {
        parameter.set(value + slope.scaled(by: distance / Float(norm)))
      }
      return Double(loss().scalar)
    }
    let h: Float = 1 / 1024
    let slope =
      (8 * (loss(at: h) - loss(at: -h)) - (loss(at: 2 * h) - loss(at: -2 * h))) / Double(12 * h)
    #expect(abs(slope - norm) < 2e-3 * norm, "\(slope), and the norm is \(norm)")
  }

  private func trained(
    _ options: Trainer.Options, threads: Int = 2, until stop: Int = .max
  ) throws -> [Float] {
    try Parallel.$threads.withValue(threads) {
      let adapter = Adapter(Transformer(Sample.qwen, seed: 1), Self.dropping, seed: 5)
      try Trainer(adapter, options, batch: Sample.batch).run { $0.step < stop }
      return Sample.values(adapter.parameters)
    }
  }

  @Test func `the same bits in pieces, on any number of threads, and after an interruption`() throws
  {
    var options = Sample.options(12)
    let whole = try trained(options)
    #expect(try trained(options, threads: 3) == whole)
    options.tokensAtOnce = 30
    #expect(try trained(options) == whole)
    let scratch = try Scratch()
    options.stateFile = scratch.url.appending(path: "state")
    #expect(try trained(options, until: 5) != whole)
    #expect(try trained(options) == whole)
  }

  @Test func `a state is not continued beside another base, or by another adapter`() throws {
    let scratch = try Scratch()
    var options = Sample.options(4)
    options.stateFile = scratch.url.appending(path: "state")
    func run(_ base: UInt64 = 1, _ seed: UInt64 = 1, rank: Int = 2) throws {
      let adapter = Adapter(
        Transformer(Sample.llama, seed: base), LoRAConfiguration(rank: rank, alpha: 4), seed: seed)
      try Trainer(adapter, options, batch: Sample.batch).run()
    }
    try run()
    func refusal(_ word: String, _ body: () throws -> Void) {
      let error = #expect(throws: TrainingError.self) { try body() }
      #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
    }
    refusal("whose base is") { try run(2) }
    refusal("whose seed of the adapter is") { try run(1, 2) }
    refusal("whose adapter is") { try run(rank: 3) }
    try run()
  }

  @Test(arguments: [Sample.llama, Sample.qwen])
  func `sampled log-probabilities are those of training, to the bit`(
    _ configuration: Configuration
  ) {
    let adapter = Sample.adapter(configuration, Self.dropping)
    let prompts = (0..<20).map { Sample.tokens(1 + $0 % 9, seed: UInt64($0)) }
    let completions = Writer(adapter.model, seed: 6, limit: 20, batch: 7)(prompts)
    expectSameBits(adapter.model, prompts, completions)
  }

  @Test func `and so they are in a mixture of experts`() throws {
    let mixture = MixtureConfiguration(experts: 4, expertsPerToken: 2, expertWidth: 24)
    let base = try Transformer(Sample.llama, mixture: mixture, seed: 1)
    let adapter = Adapter(base, LoRAConfiguration(rank: 2, alpha: 4), seed: 1)
    #expect(adapter.parameters.all.count == 2 * 3 * (4 + 4 * 3))
    #expect(Sample.logits(adapter.model) == Sample.logits(base))
    Sample.stir(adapter.parameters, seed: 2)
    let prompts = (0..<9).map { Sample.tokens(1 + $0, seed: UInt64($0)) }
    expectSameBits(
      adapter.model, prompts, Writer(adapter.model, seed: 6, limit: 12, batch: 4)(prompts))
  }

  private func expectSameBits(
    _ model: Transformer, _ prompts: [[Int32]], _ completions: [Completion]
  ) {
    for (prompt, completion) in zip(prompts, completions) {
      let text = prompt + completion.tokens
      let logits = model(Passage(text, lengths: [text.count]))
      for (index, token) in completion.tokens.enumerated() {
        let row = Tensor([1, 37], logits.row(prompt.count + index - 1))
        #expect(-row.crossEntropy([token]).scalar == completion.logProbabilities[index])
      }
    }
  }

  @Test(arguments: [Sample.llama, Sample.qwen])
  func `merged it is a dense model, and unmerged the old one`(_ configuration: Configuration) throws
  {
    let adapter = Sample.adapter(configuration, Self.everything)
    let base = Sample.values(adapter.base.parameters)
    let (adapted, plain) = (Sample.logits(adapter.model), Sample.logits(adapter.base))
    adapter.merge()
    #expect(adapter.isMerged)
    let merged = Sample.logits(adapter.base)
    #expect(Sample.logits(adapter.model) == merged)
    let size = adapted.map(abs).max()!
    for (a, b) in zip(merged, adapted) { #expect(abs(a - b) < 2e-5 * size) }
    #expect(zip(plain, adapted).contains { abs($0 - $1) > 0.1 * size })
    // What is written is the merged model.
    let scratch = try Scratch()
    try Checkpoint(adapter.base, ends: [2]).write(to: scratch.url)
    #expect(try Sample.logits(Checkpoint(contentsOf: scratch.url).model) == merged)
    adapter.unmerge()
    #expect(Sample.values(adapter.base.parameters).map(\.bitPattern) == base.map(\.bitPattern))
    #expect(Sample.logits(adapter.model) == adapted)
  }

  @Test func `adapters that share a base do not disturb each other`() {
    let base = Sample.model()
    let first = Adapter(base, Self.everything, seed: 1)
    Sample.stir(first.parameters, seed: 1)
    let answer = Sample.logits(first.model)
    let second = Adapter(base, LoRAConfiguration(rank: 2, alpha: 2), seed: 2)
    #expect(second.baseFingerprint == first.baseFingerprint)
    #expect(Sample.logits(second.model) == Sample.logits(base))
    #expect(Sample.logits(first.model) == answer)
    #expect(
      Adapter(Sample.model(seed: 2), Self.everything, seed: 1).baseFingerprint
        != first.baseFingerprint)
  }
}
