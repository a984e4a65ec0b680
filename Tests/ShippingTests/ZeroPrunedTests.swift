import Compression
import Scratch
import Shipping
import Testing

@Suite struct ZeroPrunedTests {
  @Test(arguments: [(Sparsity.share(0.75), 0.25), (.twoOfFour, 0.5)])
  func `the zeros are as many as asked for, and stay while it heals`(
    _ sparsity: Sparsity, _ density: Double
  ) throws {
    let finished = try smallFinishedModel()
    let before = finished.model.surprisals(of: finished.validation)
    var effort = Effort()
    (effort.healingSteps, effort.textsAtOnce) = (3, 4)
    var steps = 0
    let (sparse, tokens) = try finished.zeroPruned(sparsity, effort) { steps += 1 }
    #expect(steps == 3)
    // Twelve texts are looked at, without their last token, and of four at a time all that was not
    // given is learned.
    #expect(tokens == 12 * 23 + 3 * 4 * 20)
    #expect(abs(sparse.masks.density - density) < 1e-9)
    // A weight that a mask says is gone and that is not zero is refused.
    try inTemporaryFolder { folder in
      try CompressedCheckpoint(sparse.model, masks: sparse.masks).write(to: folder)
    }
    #expect(finished.model.surprisals(of: finished.validation) == before)
  }

  @Test func `what is rounded are all matrices, and the table`() throws {
    let finished = try smallFinishedModel()
    let matrices = try finished.model.eightBits()
    let names = finished.model.parameters.all.filter { $0.shape.rank == 2 }.map(\.name)
    #expect(Set(matrices.keys) == Set(names))
    #expect(names.contains("model.embed_tokens.weight") && names.count == 15)
  }

  @Test func `a treatment runs as it is stored`() throws {
    let finished = try smallFinishedModel()
    var effort = Effort()
    (effort.healingSteps, effort.textsAtOnce) = (1, 2)
    var bytes: [Treatment: Int] = [:]
    for treatment in [Treatment.int8, .sparse, .twoOfFour, .lowRank] {
      try inTemporaryFolder { folder in
        try treatment.make(in: folder, from: finished, after: nil, effort)
        let artefact = try Artefact(contentsOf: folder)
        bytes[treatment] = try artefact.report().bytes
        let surprisals = try artefact.model().surprisals(of: finished.validation)
        #expect(surprisals.allSatisfy { $0.isFinite && $0 > 0 })
      }
    }
    #expect(bytes[.sparse]! < bytes[.twoOfFour]! && bytes[.twoOfFour]! < bytes[.int8]!)
    #expect(bytes[.int8]! < bytes[.lowRank]!)
  }
}
