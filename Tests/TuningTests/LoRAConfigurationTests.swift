import Testing

@testable import Tuning

@Suite struct LoRAConfigurationTests {
  private let query = "model.layers.1.self_attn.q_proj"
  private let gate = "model.layers.11.mlp.gate_proj"

  @Test func `names are matched by whole parts, from the end`() {
    var configuration = LoRAConfiguration(rank: 4, alpha: 8, targets: .modules(["q_proj"]))
    #expect(configuration.adapts(query) && !configuration.adapts(gate))
    configuration.targets = .modules(["proj", "layers.1.mlp.gate_proj", "model.layers.1"])
    #expect(!configuration.adapts(query) && !configuration.adapts(gate))
    configuration.targets = .modules([query, "layers.11.mlp.gate_proj"])
    #expect(configuration.adapts(query) && configuration.adapts(gate))
    configuration.excluded = ["gate_proj"]
    #expect(configuration.adapts(query) && !configuration.adapts(gate))
  }

  @Test func `all linear layers are not the head`() {
    let configuration = LoRAConfiguration(rank: 4, alpha: 8)
    #expect(configuration.adapts(query) && configuration.adapts(gate))
    #expect(!configuration.adapts("lm_head"))
    #expect(LoRAConfiguration(rank: 4, alpha: 8, targets: .modules(["lm_head"])).adapts("lm_head"))
  }

  @Test func `rank and strength, and their exceptions`() {
    var configuration = LoRAConfiguration(rank: 4, alpha: 8)
    #expect(configuration.scale(of: query) == 2)
    configuration.ranks = [.init("layers.1.self_attn.q_proj", 16), .init("q_proj", 2)]
    configuration.alphas = [.init("gate_proj", 12)]
    #expect(configuration.rank(of: query) == 16 && configuration.scale(of: query) == 0.5)
    #expect(configuration.rank(of: "model.layers.2.self_attn.q_proj") == 2)
    #expect(configuration.rank(of: gate) == 4 && configuration.scale(of: gate) == 3)
    configuration.isRankStabilized = true
    #expect(configuration.scale(of: query) == 2 && configuration.scale(of: gate) == 6)
  }

  @Test func `what cannot be is objected to`() {
    func objection(_ change: (inout LoRAConfiguration) -> Void) -> String? {
      var configuration = LoRAConfiguration(rank: 4, alpha: 8)
      change(&configuration)
      return configuration.objection(among: [query, gate])
    }
    #expect(objection { _ in } == nil)
    #expect(objection { $0.rank = 0 }?.contains("rank of 0") == true)
    #expect(objection { $0.ranks = [.init("q_proj", -1)] }?.contains("rank of -1") == true)
    #expect(objection { $0.dropout = 1 }?.contains("dropout of 1") == true)
    #expect(objection { $0.alphas = [.init("q_proj", .nan)] }?.contains("alpha of nan") == true)
    let unknown = objection { $0.targets = .modules(["wq"]) }
    #expect(unknown?.contains("there are: gate_proj, q_proj") == true)
  }
}
