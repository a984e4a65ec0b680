import Foundation
import Synchronization
import Testing

@testable import Notebook

@Suite struct WorkspaceTests {
  private let root = FileManager.default.temporaryDirectory
    .appending(path: "espalier-workspace-\(UUID().uuidString)")

  @Test func makesOnceAndFindsAgain() throws {
    defer { try? FileManager.default.removeItem(at: root) }
    var made = 0
    for _ in 0..<3 {
      let folder = try Workspace(root: root).folder("model-1") { folder in
        made += 1
        try Data("weights".utf8).write(to: folder.appending(path: "weights"))
      }
      #expect(try Data(contentsOf: folder.appending(path: "weights")) == Data("weights".utf8))
    }
    #expect(made == 1)
  }

  @Test func keepsNothingOfAFailure() throws {
    defer { try? FileManager.default.removeItem(at: root) }
    struct Failure: Error {}
    #expect(throws: Failure.self) {
      try Workspace(root: root).folder("model") { folder in
        try Data().write(to: folder.appending(path: "half"))
        throw Failure()
      }
    }
    let folder = try Workspace(root: root).folder("model") { _ in }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test func racersMakeItOnce() throws {
    defer { try? FileManager.default.removeItem(at: root) }
    let made = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: 6) { _ in
      _ = try? Workspace(root: root).folder("model") { _ in
        made.add(1, ordering: .relaxed)
        usleep(20_000)
      }
    }
    #expect(made.load(ordering: .relaxed) == 1)
  }

  @Test func theHashFollowsImportsAndNothingElse() throws {
    defer { try? FileManager.default.removeItem(at: root) }
    func write(_ path: String, _ text: String) throws {
      let file = root.appending(path: "Sources/\(path)")
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    try write("Training/Trainer.swift", "import Tensors\n")
    try write("Tensors/Operations/Add.swift", "public import Kernels\n")
    try write("Kernels/Gemm.swift", "let one = 1\n")
    try write("Bench/main.swift", "import Kernels\n")
    let checkout = Checkout(root: root, program: root)
    let files = try checkout.sources(of: ["Training"]).map(\.lastPathComponent)
    #expect(files == ["Gemm.swift", "Add.swift", "Trainer.swift"])

    let hash = try checkout.hash(of: "Training", and: ["a"])
    #expect(try checkout.hash(of: "Training", and: ["a"]) == hash)
    #expect(try checkout.hash(of: "Training", and: ["b"]) != hash)
    try write("Bench/main.swift", "import Kernels // changed\n")
    #expect(try checkout.hash(of: "Training", and: ["a"]) == hash)
    try write("Kernels/Gemm.swift", "// A comment.\nlet one = 1\n\n  /// Another.\n")
    #expect(try checkout.hash(of: "Training", and: ["a"]) == hash)
    try write("Kernels/Gemm.swift", "let one = 2\n")
    #expect(try checkout.hash(of: "Training", and: ["a"]) != hash)
  }
}
