import Foundation
import Scratch
import Shipping
import Testing
import Transformer

@Suite struct TreatmentTests {
  @Test(arguments: Treatment.allCases)
  func `every treatment leaves an artefact that runs, in as many steps as it says`(
    _ treatment: Treatment
  ) throws {
    // As many layers and units as the treatments want of the finished model.
    let finished = try smallFinishedModel(layers: 4, units: 336)
    var effort = Effort()
    (effort.healingSteps, effort.textsAtOnce) = (2, 4)
    try inTemporaryFolder { folder in
      var steps = 0
      try treatment.make(in: folder, from: finished, effort) { steps += 1 }
      #expect(steps == treatment.trainingSteps(effort))
      let artefact = try Artefact(contentsOf: folder)
      let logits = try artefact.model()(Passage([1, 2, 3], lengths: [3])).floats
      let isSound = logits.allSatisfy { $0.isFinite }
      #expect(isSound)
      #expect(try artefact.report().bytes > 0)
    }
  }
}
