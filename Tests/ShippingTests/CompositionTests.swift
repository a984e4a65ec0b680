import Compression
import Finishing
import Scratch
import Shipping
import Testing
import Transformer

@Suite struct CompositionTests {
  private func effort() -> Effort {
    var effort = Effort()
    (effort.healingSteps, effort.textsAtOnce) = (2, 4)
    return effort
  }

  @Test func `units go first, then zeros, then bits, and the original stays`() throws {
    let finished = try smallFinishedModel()
    let before = finished.model.parameters.all.map { $0.tensor.floats }
    var steps = 0
    let (stages, tokens) = try Composition(units: 32, zeros: .twoOfFour)
      .stages(of: finished, effort()) { steps += 1 }
    #expect(
      stages.map(\.name) == [
        "nothing", "units gone", "repaired", "healed", "zeros", "healed again", "eight bits",
      ])
    #expect(steps == 4)
    // Two calibrations of twelve texts without their last token, and four steps of four texts.
    #expect(tokens == 2 * 12 * 23 + 4 * 4 * 20)
    #expect(finished.model.parameters.all.map { $0.tensor.floats } == before)
    let shapes = try stages.map { try ModelShape(of: $0.checkpoint.model).widths }
    #expect(shapes == [[48, 48]] + Array(repeating: [32, 32], count: 6))
    let last = stages.last!.checkpoint
    #expect(last.masks.density == 0.5 && !last.rounded.isEmpty)
    #expect(stages.dropLast().allSatisfy { $0.checkpoint.rounded.isEmpty })
  }

  @Test func `what is finished from a healed model is what was made in one go`() throws {
    let finished = try smallFinishedModel()
    let composition = Composition(units: 32, zeros: .twoOfFour)
    let (whole, _) = try composition.stages(of: finished, effort())
    let healed = whole[3].checkpoint.model
    var steps = 0
    let (rest, tokens) = try composition.finishing(healed, of: finished, effort()) { steps += 1 }
    // One calibration, and two steps.
    #expect(steps == 2 && tokens == 12 * 23 + 2 * 4 * 20)
    #expect(rest.map(\.name) == whole.dropFirst(3).map(\.name))
    for (one, other) in zip(whole.dropFirst(3), rest) {
      #expect(weights(one) == weights(other))
    }
    #expect(weights(whole[3]) == healed.parameters.all.map { $0.tensor.floats })
  }

  private func weights(_ stage: Composition.Stage) -> [[Float]] {
    stage.checkpoint.model.parameters.all.map { $0.tensor.floats }
  }

  @Test func `a stage is a copy that later ones do not change`() throws {
    let finished = try smallFinishedModel()
    let (stages, _) = try Composition(units: 32).stages(of: finished, effort())
    #expect(stages.map(\.name) == ["nothing", "units gone", "repaired", "healed", "eight bits"])
    #expect(weights(stages[2]) != weights(stages[3]))
    #expect(weights(stages[1]) != weights(stages[2]))
    #expect(weights(stages[3]) == weights(stages[4]))
  }
}
