import Foundation
import Quantization
import Scratch
import Testing

@testable import GGUF

/// What the package `gguf` reads in our files. Runs where `ESPALIER_PYTHON` names a Python that has
/// the package.
@Suite struct OracleTests {
  private static let python = ProcessInfo.processInfo.environment["ESPALIER_PYTHON"]

  private struct Answer: Decodable {
    struct Tensor: Decodable {
      let type: String
      let shape: [Int]
      let floats: [Float]
    }

    let tensors: [String: Tensor]
  }

  @Test(
    .enabled(if: python != nil),
    arguments: [GGUFType.float32, .float16, .blocks(.q80), .blocks(.q40)])
  func `the reference reads the same floats`(_ type: GGUFType) throws {
    let folder = try Scratch()
    try GGUFModel(model(configuration(.qwen2, tied: false)), storing: type).write(to: folder.file())
    let process = Process()
    process.executableURL = URL(filePath: Self.python!)
    process.arguments = [
      fixture("../../gguf_format.py").standardizedFileURL.path, folder.file().path,
    ]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let answer = try JSONDecoder().decode(Answer.self, from: output)
    let file = try GGUFFile(folder.file())
    #expect(file.tensors.count == answer.tensors.count)
    for tensor in file.tensors {
      let theirs = try #require(answer.tensors[tensor.name])
      #expect(theirs.type == tensor.type.name && theirs.shape == tensor.shape)
      #expect(bits(theirs.floats) == bits(try tensor.floats()), "\(tensor.name)")
    }
  }
}
