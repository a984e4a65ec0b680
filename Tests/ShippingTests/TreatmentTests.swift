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
      let basis = try treatment.basis.map { basis in
        let folder = folder.appending(path: "basis")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try basis.make(in: folder, from: finished, after: nil, effort)
        return try Artefact(contentsOf: folder)
      }
      var steps = 0
      try treatment.make(in: folder, from: finished, after: basis, effort) { steps += 1 }
      #expect(steps == treatment.trainingSteps(effort))
      let artefact = try Artefact(contentsOf: folder)
      if treatment == .narrowInt8 || treatment == .distilledInt8 {
        #expect(artefact.making.tokens == basis!.making.tokens)
      }
      let logits = try artefact.model()(Passage([1, 2, 3], lengths: [3])).floats
      let isSound = logits.allSatisfy { $0.isFinite }
      #expect(isSound)
      #expect(try artefact.report().bytes > 0)
    }
  }
}
