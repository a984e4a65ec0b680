import Calibration
import Experts
import Tensors
import Testing
import Transformer

@testable import Compression

@Suite struct ExpertPruningTests {
  @Test func `experts that add least go, and the router's rows with them`() throws {
    let model = try Sample.mixture()
    let before = Sample.weights(model)
    let calibration = try Calibration(of: model, on: Sample.texts)
    let small = try ExpertPruning(keeping: 4)(model, calibration)
    #expect(Sample.weights(model) == before)
    for (layer, (old, new)) in zip(model.mixtures, small.mixtures).enumerated() {
      #expect(new.experts.count == 4 && new.configuration.experts == 4)
      let saliencies = try #require(calibration.experts[layer]).saliencies
      let kept = saliencies.indices.filter { index in
        saliencies.count { $0 > saliencies[index] } < 4
      }
      let rows = try #require(old.router.weight).tensor.rows(kept.map(Int32.init))
      #expect(try #require(new.router.weight).tensor.floats == rows.floats)
      for (place, expert) in kept.enumerated() {
        let (a, b) = (old.experts[expert].down.projection, new.experts[place].down.projection)
        #expect(
          (a as? DenseProjection)?.weight.tensor.floats
            == (b as? DenseProjection)?.weight.tensor.floats)
      }
    }
    #expect(small.parameterCount == model.parameterCount - 3 * 2 * (3 * 32 * 24 + 32))
  }

  @Test func `experts that are never chosen cost nothing`() throws {
    // One expert is pushed out of every selection by its bias.
    let model = try Sample.mixture {
      $0.hasSelectionBias = true
      $0.renormalizes = true
    }
    for mixture in model.mixtures {
      mixture.router.selectionBias?.set(Tensor([0, 0, -9, 0, 0, -9]))
    }
    let calibration = try Calibration(of: model, on: Sample.texts)
    #expect(calibration.experts[1]?.tokens[2] == 0)
    let small = try ExpertPruning(keeping: 4)(model, calibration)
    #expect(Sample.change(model, small) < 1e-10)
    #expect(small.mixtures[0].router.selectionBias?.tensor.floats == [0, 0, 0, 0])
  }

  @Test func `the score says which experts stay`() throws {
    let model = try Sample.mixture()
    let calibration = try Calibration(of: model, on: Sample.texts)
    for score in ExpertPruning.Score.allCases {
      let small = try ExpertPruning(keeping: 3, for: score)(model, calibration)
      for (layer, (old, new)) in zip(model.mixtures, small.mixtures).enumerated() {
        let activity = try #require(calibration.experts[layer])
        let scores =
          switch score {
          case .saliency: activity.saliencies
          case .frequency: activity.tokens.map(Double.init)
          case .leastSalient: activity.saliencies.map { -$0 }
          }
        let rows = try #require(old.router.weight).tensor
        let kept = try #require(new.router.weight).tensor
        let stayed = (0..<6).filter { row in (0..<3).contains { kept.row($0) == rows.row(row) } }
        let gone = (0..<6).filter { !stayed.contains($0) }
        #expect(stayed.map { scores[$0] }.min()! >= gone.map { scores[$0] }.max()!)
      }
    }
  }

  @Test(arguments: [MixtureNames.qwen2, .mixtral, .llama4])
  func `whatever the family calls them`(_ names: MixtureNames) throws {
    let mixture = MixtureConfiguration(experts: 4, expertsPerToken: 2, expertWidth: 24)
    let model = try Transformer(Sample.configuration, mixture: mixture, names: names, seed: 1)
    let calibration = try Calibration(of: model, on: Sample.texts)
    let small = try ExpertPruning(keeping: 3)(model, calibration)
    #expect(small.mixtures[0].experts.count == 3)
    #expect(
      small.parameters.all.allSatisfy { name in
        model.parameters.all.contains { $0.name == name.name }
      })
  }

  @Test func `what cannot be pruned is refused`() throws {
    let mixture = try Sample.mixture()
    let calibration = try Calibration(of: mixture, on: Sample.texts)
    for experts in [1, 7] {
      #expect(
        message { _ = try ExpertPruning(keeping: experts)(mixture, calibration) }
          .contains("choose 2 to 6"))
    }
    let dense = Sample.model()
    let other = try Calibration(of: dense, on: Sample.texts)
    #expect(message { _ = try ExpertPruning(keeping: 2)(dense, other) }.contains("no experts"))
  }
}
