import Experts
import Foundation
import Scratch
import Tensors
import Testing
import Transformer
import TransformersOracle

@testable import Compression

@Suite struct CompressedCheckpointTests {
  @Test(arguments: Artefact.allCases)
  func `what is written reads back as it was and writes the same bytes`(_ kind: Artefact) throws {
    let checkpoint = try kind.checkpoint()
    try inTemporaryFolder { folder in
      try checkpoint.write(to: folder)
      let copy = try CompressedCheckpoint(contentsOf: folder)
      #expect(Sample.logits(copy.model) == Sample.logits(checkpoint.model))
      #expect(try ModelShape(of: copy.model) == ModelShape(of: checkpoint.model))
      #expect(copy.masks == checkpoint.masks)
      #expect(copy.beginning == 1 && copy.ends == [2, 3])
      let names = ["config.json", "model.safetensors"]
      let first = try names.map { try Data(contentsOf: folder.appending(path: $0)) }
      try copy.write(to: folder)
      #expect(try names.map { try Data(contentsOf: folder.appending(path: $0)) } == first)
    }
  }

  @Test(arguments: Artefact.allCases)
  func `published families are read by anyone and others refused by name`(_ kind: Artefact) throws {
    try inTemporaryFolder { folder in
      let checkpoint = try kind.checkpoint()
      try checkpoint.write(to: folder)
      if kind.isOrdinary {
        let model = try Checkpoint(contentsOf: folder, among: .all).model
        #expect(Sample.logits(model) == Sample.logits(checkpoint.model))
      } else {
        let error = #expect(throws: CheckpointError.self) {
          try Checkpoint(contentsOf: folder, among: .all)
        }
        #expect(error?.description.contains("\"espalier\" is not supported") == true)
      }
      // Nor does the writer of published families take what it cannot describe for something else.
      guard !kind.isOrdinary && checkpoint.masks.isEmpty else { return }
      #expect(throws: CheckpointError.self) {
        try Checkpoint(checkpoint.model).write(to: folder.appending(path: "other"), among: .all)
      }
    }
  }

  @Test(
    .enabled(if: TransformersOracle.isAvailable),
    arguments: [Artefact.fewerHeads, .fewerExperts, .shallow, .narrowAlike])
  func `transformers reads what is still of a family`(_ kind: Artefact) throws {
    let checkpoint = try kind.checkpoint()
    try inTemporaryFolder { folder in
      try checkpoint.write(to: folder)
      let answer = try TransformersOracle.ask(about: folder, .tokens(Sample.probe), new: 8)
      let logits = checkpoint.model(Passage(Sample.probe, lengths: [Sample.probe.count]))
      #expect(answer.difference(from: Sample.probe.indices.map(logits.row)) < 2e-5)
    }
  }

  @Test func `what is smaller is smaller on the disk, by the bytes that are told`() throws {
    func report(_ kind: Artefact) throws -> ArtefactReport {
      var result: ArtefactReport?
      try inTemporaryFolder { folder in
        try kind.checkpoint().write(to: folder)
        result = try ArtefactReport(of: folder)
        let file = folder.appending(path: "model.safetensors")
        #expect(result?.bytes == (try Data(contentsOf: file)).count)
        #expect(try ArtefactReport(ofFile: file).bytes == result?.bytes)
        #expect(try ArtefactReport(ofFile: file).zippedBytes == result?.zippedBytes)
      }
      return try #require(result)
    }
    let (dense, sparse) = (try report(.dense), try report(.sparse))
    #expect(dense.parts.embeddings == 4 * 37 * 32 && dense.parts.indices == 0)
    let layers = 3 * (32 * 8 * 12 + 3 * 32 * 48)
    #expect(dense.parts.weights == 4 * (layers + 7 * 32))
    // Rows of 32 and 48 weights are whole bytes of the mask.
    #expect(sparse.parts.indices == layers / 8)
    #expect(sparse.parts.weights < dense.parts.weights * 31 / 100)
    for report in [dense, sparse] {
      let parts = report.parts
      let sum = parts.weights + parts.scales + parts.indices + parts.embeddings
      #expect(sum < report.bytes && report.bytes < sum + 8000)
      #expect(report.zippedBytes > report.bytes / 2)
    }
    for kind in [Artefact.narrow, .fewerHeads, .shallow, .factored] {
      #expect(try report(kind).parts.weights < dense.parts.weights, "\(kind)")
    }
  }

  @Test func `zeros in a dense file are what gzip finds`() throws {
    try inTemporaryFolder { folder in
      let sparse = try ZeroPruning(.magnitude, .share(0.9))(Sample.model())
      try CompressedCheckpoint(sparse.model).write(to: folder)
      let report = try ArtefactReport(of: folder)
      #expect(report.zippedBytes < report.bytes / 2)
      #expect(
        message { _ = try ArtefactReport(of: folder.appending(path: "nothing")) } != "")
    }
  }

  @Test func `what cannot be stored is refused, and what was there stays`() throws {
    try inTemporaryFolder { folder in
      let sparse = try ZeroPruning(.magnitude, .share(0.5))(Sample.model())
      try CompressedCheckpoint(sparse.model, masks: sparse.masks).write(to: folder)
      let file = folder.appending(path: "model.safetensors")
      let before = try Data(contentsOf: file)
      let moved = try sparse.model.duplicate()
      for parameter in moved.parameters.all {
        parameter.set(parameter.tensor + Tensor(parameter.shape, repeating: 1))
      }
      #expect(
        message { try CompressedCheckpoint(moved, masks: sparse.masks).write(to: folder) }
          .contains("apply the masks"))
      #expect(try Data(contentsOf: file) == before)
      let mixture = try ZeroPruning(.magnitude, .share(0.5))(Sample.mixture())
      #expect(
        message {
          try CompressedCheckpoint(mixture.model, masks: mixture.masks).write(to: folder)
        }.contains("write it without masks"))
    }
  }
}
