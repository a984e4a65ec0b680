import Kernels
import Synchronization
import Tensors
import Testing
import Transformer

@testable import Experts

@Suite struct MixtureOfExpertsTests {
  private func layer(_ mixture: MixtureConfiguration) -> MixtureOfExperts {
    let model = Sample.model(mixture)
    return model.mixtures[0]
  }

  private let x = Sample.tensor([23, 32], seed: 3)
  private let passage = Passage(Sample.tokens(23), lengths: [20, 3])

  /// The definition, token by token, with nothing sorted.
  private func naive(_ layer: MixtureOfExperts, _ x: Tensor) -> Tensor {
    let routing = layer.router(x, passage)
    let rows = (0..<x.shape[0]).map { token -> Tensor in
      let row = x.rows([Int32(token)])
      var sum = Tensor([1, 32], repeating: 0)
      for slot in 0..<routing.slots {
        let expert = layer.experts[Int(routing.choices[token * routing.slots + slot])]
        let weight = routing.weights[token, slot]
        sum =
          sum
          + (layer.configuration.weighs == .input
            ? expert(row.scaled(by: weight)) : expert(row).scaled(by: weight))
      }
      if let shared = layer.shared {
        let gate = layer.sharedGate.map { row.projected(by: $0.tensor).sigmoid().scalar } ?? 1
        sum = sum + shared(row).scaled(by: gate)
      }
      return sum
    }
    return Tensor(rows.map(\.floats))
  }

  @Test(arguments: Sample.all)
  func `dispatch gives what the definition gives`(_ mixture: MixtureConfiguration) {
    let layer = layer(mixture)
    let (fast, slow) = (layer(x, passage).floats, naive(layer, x).floats)
    let scale = slow.map(abs).max()!
    for (a, b) in zip(fast, slow) { #expect(abs(a - b) <= 1e-6 * scale) }
  }

  /// The passage is a task local, and experts may work on threads of their own.
  @Test func `experts know which passage is being learned`() {
    var layer = layer(Sample.mixtral)
    let asked = Mutex<[Bool]>([])
    layer.forEachLinear { linear in
      linear.projection = Asking(base: linear.projection) {
        let isLearned = Passage.beingLearned != nil
        asked.withLock { $0.append(isLearned) }
      }
    }
    Parallel.$threads.withValue(2) {
      Passage.$beingLearned.withValue(passage) { _ = layer(x, passage) }
    }
    asked.withLock {
      #expect($0.count == 3 * layer.experts.count)
      #expect(!$0.contains(false))
    }
  }

  @Test func `a score on the input is not a score on the output`() {
    var mixture = Sample.llama4WithTwo
    let input = layer(mixture)(x, passage).floats
    mixture.weighs = .output
    let output = layer(mixture)(x, passage).floats
    #expect(zip(input, output).contains { abs($0 - $1) > 0.1 })
  }

  @Test func `equal experts with equal weights are one expert, to the bit`() throws {
    var mixture = MixtureConfiguration(experts: 4, expertsPerToken: 2, expertWidth: 20)
    mixture.order = .selectThenScore
    let layer = layer(mixture)
    layer.router.weight!.set(Tensor([4, 32], repeating: 0))
    for expert in layer.experts { expert.copy(layer.experts[0]) }
    #expect(layer(x, passage).floats == layer.experts[0](x).floats)
  }

  @Test func `a NaN stays with its token`() {
    let layer = layer(Sample.qwen)
    let clean = layer(x, passage)
    var values = x.floats
    values[5 * 32] = .nan
    let stained = layer(Tensor([23, 32], values), passage)
    for token in 0..<23 where token != 5 { #expect(stained.row(token) == clean.row(token)) }
    #expect(stained.row(5).allSatisfy { $0.isNaN })
  }

  @Test func `names are those of the published families`() throws {
    func names(_ mixture: MixtureConfiguration, _ names: MixtureNames) throws -> Set<String> {
      Set(
        try Transformer(Sample.decoder, mixture: mixture, names: names, seed: 1).parameters.all
          .map(\.name))
    }
    let mixtral = try names(Sample.mixtral, .mixtral)
    #expect(mixtral.contains("model.layers.2.block_sparse_moe.gate.weight"))
    #expect(mixtral.contains("model.layers.2.block_sparse_moe.experts.3.w2.weight"))
    let qwen = try names(Sample.qwen, .qwen2)
    #expect(qwen.contains("model.layers.0.mlp.shared_expert_gate.weight"))
    #expect(qwen.contains("model.layers.0.mlp.shared_expert.up_proj.weight"))
    #expect(qwen.contains("model.layers.0.mlp.experts.4.gate_proj.weight"))
    #expect(qwen.contains("model.layers.1.mlp.gate_proj.weight"))
    let llama = try names(Sample.llama4, .llama4)
    #expect(llama.contains("model.layers.0.feed_forward.gate_proj.weight"))
    #expect(llama.contains("model.layers.1.feed_forward.router.weight"))
    let deepSeek = try names(Sample.deepSeek, .qwen2)
    #expect(deepSeek.contains("model.layers.0.mlp.gate.e_score_correction_bias"))
  }
}

/// Says when it is used.
private struct Asking: Projection {
  let base: any Projection
  let used: () -> Void

  var shape: Shape { base.shape }

  func callAsFunction(_ x: Tensor) -> Tensor {
    used()
    return base(x)
  }

  func packed() -> any Projection { self }
}
