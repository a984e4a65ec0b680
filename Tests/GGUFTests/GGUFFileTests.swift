import Foundation
import Scratch
import Testing

@testable import GGUF

/// What the package `gguf` says is in its own file.
private struct Reference: Decodable {
  struct Tensor: Decodable {
    let type: String
    let shape: [Int]
    let floats: [Float]
  }

  let tensors: [String: Tensor]

  static let read = try! JSONDecoder().decode(
    Reference.self, from: Data(contentsOf: fixture("reference.json")))
}

@Suite struct GGUFFileTests {
  @Test func `keys of every type are read`() throws {
    let file = try GGUFFile(fixture("reference.gguf"))
    let expected: [(String, GGUFValue)] = [
      ("general.architecture", .string("llama")), ("test.uint8", .uint8(200)),
      ("test.int8", .int8(-100)), ("test.uint16", .uint16(60000)), ("test.int16", .int16(-30000)),
      ("test.uint32", .uint32(4_000_000_000)), ("test.int32", .int32(-2_000_000_000)),
      ("test.float32", .float32(0.1)), ("test.uint64", .uint64(1 << 63 + 1)),
      ("test.int64", .int64(-(1 << 62))), ("test.float64", .float64(0.1)),
      ("test.bool", .bool(true)), ("test.string", .string("Übung 😀")),
      ("test.strings", .strings(["a", "", "ñ"])), ("test.numbers", .int32s([1, -2, 3])),
    ]
    for (key, value) in expected { #expect(file[key] == value, "\(key)") }
    #expect(file["test.floats"] == .numbers(.float32, [0, 0, 0, 0x3F, 0, 0, 0x80, 0xBE]))
    #expect(file["test.nothing"] == nil)
  }

  @Test func `tensors of every type are read`() throws {
    let file = try GGUFFile(fixture("reference.gguf"))
    #expect(Set(file.tensors.map(\.name)) == Set(Reference.read.tensors.keys))
    for tensor in file.tensors {
      let expected = Reference.read.tensors[tensor.name]!
      #expect(tensor.type.name == expected.type)
      #expect(tensor.shape == expected.shape)
      #expect(bits(try tensor.floats()) == bits(expected.floats), "\(tensor.name)")
    }
  }

  @Test func `what was read is written with the same bytes`() throws {
    let folder = try Scratch()
    let file = try GGUFFile(fixture("reference.gguf"))
    try GGUFFile.write(file.entries, file.tensors.map(GGUFOutput.init), to: folder.file())
    #expect(
      try Data(contentsOf: folder.file()) == Data(contentsOf: fixture("reference.gguf")))
  }

  @Test(arguments: [8, 32, 256])
  func `any alignment is kept`(_ alignment: UInt32) throws {
    let folder = try Scratch()
    let entries = [GGUFEntry("general.alignment", .uint32(alignment))]
    let outputs = [1, 5, 64].map { count in
      GGUFOutput("t\(count)", .float16, [count]) { () throws(GGUFError) in
        [UInt8](repeating: 1, count: 2 * count)
      }
    }
    try GGUFFile.write(entries, outputs, to: folder.file())
    let file = try GGUFFile(folder.file())
    #expect(file.tensors.map { $0.range.lowerBound % Int(alignment) } == [0, 0, 0])
    #expect(file.tensors.map(\.byteCount) == [2, 10, 128])
    #expect(try file.tensors[2].bytes().allSatisfy { $0 == 1 })
  }

  @Test func `a file without tensors is one`() throws {
    let folder = try Scratch()
    try GGUFFile.write([], [], to: folder.file())
    let file = try GGUFFile(folder.file())
    #expect(file.entries.isEmpty && file.tensors.isEmpty)
  }

  @Test func `what cannot be written leaves the old file`() throws {
    let folder = try Scratch()
    try Data("old".utf8).write(to: folder.file())
    let make = { () throws(GGUFError) in [UInt8](repeating: 0, count: 4) }
    let one = GGUFOutput("a", .float32, [1], making: make)
    func problem(_ entries: [GGUFEntry], _ outputs: [GGUFOutput]) -> GGUFError.Problem? {
      #expect(throws: GGUFError.self) {
        try GGUFFile.write(entries, outputs, to: folder.file())
      }?.problem
    }
    let key = GGUFEntry("k", .bool(true))
    #expect(problem([key, key], []) == .duplicate)
    #expect(problem([], [one, one]) == .duplicate)
    #expect(problem([GGUFEntry("general.alignment", .uint32(12))], []) == .alignment("12"))
    let long = String(repeating: "n", count: 64)
    #expect(problem([], [GGUFOutput(long, .float32, [1], making: make)]) == .nameLength(64))
    #expect(problem([], [GGUFOutput("a", .float32, [], making: make)]) == .dimensions([]))
    #expect(
      problem([], [GGUFOutput("a", .blocks(.q80), [2, 40], making: make)])
        == .impossibleSize("Q8_0", shape: [40, 2]))
    let failing = GGUFOutput("a", .float32, [1]) { () throws(GGUFError) in
      throw GGUFError(.inexpressible("no"), file: "f")
    }
    #expect(problem([], [one.renamed("b"), failing]) == .inexpressible("no"))
    #expect(try String(contentsOf: folder.file(), encoding: .utf8) == "old")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["model.gguf"])
  }

  @Test func `a missing tensor or a wrong shape is said`() throws {
    let file = try GGUFFile(fixture("reference.gguf"))
    let missing = #expect(throws: GGUFError.self) { try file.tensor(named: "a\nb") }
    #expect(
      missing?.description
        == "\(file.path): tensor \"a\\u{a}b\": is missing; convert the whole model again")
    let wrong = #expect(throws: GGUFError.self) { try file.tensor(named: "vector", shape: [6]) }
    #expect(wrong?.problem == .wrongShape(found: [5], needed: [6]))
    let unreadable = #expect(throws: GGUFError.self) { try GGUFFile(URL(filePath: "/dev/null")) }
    #expect(unreadable?.problem == .file(.notRegular(isFolder: false)))
  }
}

extension GGUFOutput {
  fileprivate func renamed(_ name: String) -> GGUFOutput {
    GGUFOutput(name, type, shape, making: make)
  }
}
