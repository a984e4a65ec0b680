import Compression
import Foundation
import Scratch
import Testing
import Transformer

@testable import Shipping

@Suite struct ArtefactTests {
  @Test func `what was made is read back with what it took`() throws {
    try inTemporaryFolder { folder in
      let model = Transformer(
        Configuration(
          vocabulary: 11, width: 16, layers: 1, heads: 2, feedForwardWidth: 24, context: 32),
        seed: 1)
      try Artefact.make(in: folder) { folder in
        try CompressedCheckpoint(model).write(to: folder)
        return 7
      }
      let artefact = try Artefact(contentsOf: folder)
      #expect(artefact.making.tokens == 7 && artefact.making.seconds > 0)
      let passage = Passage([1, 2, 3], lengths: [3])
      #expect(try artefact.model()(passage).floats == model(passage).floats)
      #expect(try artefact.report().bytes > 4 * model.liveParameterCount)
    }
  }
}
