import Foundation
import Notebook

@testable import weave

/// A throw-away checkout with one chapter, whose program is a shell script that leaves a trace.
final class Scratch {
  let root = FileManager.default.temporaryDirectory
    .appending(path: "espalier-\(UUID().uuidString)")
  var repository: Repository { Repository(root: root) }

  init(source: String = sampleSource) throws {
    try write("Package.swift", "")
    try write("Chapters/01-Tensors/main.swift", source)
    try write("Sources/Tensors/Tensor.swift", "/// A tensor.\nstruct Tensor {\n  let a = 1\n}\n")
  }

  deinit { try? FileManager.default.removeItem(at: root) }

  func url(_ path: String) -> URL { root.appending(path: path) }

  func write(_ path: String, _ text: String) throws {
    try FileManager.default.createDirectory(
      at: url(path).deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url(path))
  }

  func read(_ path: String) throws -> String {
    try String(contentsOf: url(path), encoding: .utf8)
  }

  /// Makes the chapter's program: it counts its runs, leaves `events` as its trace, and does `then`.
  func program(_ events: [Event], then: String = "") throws {
    try write("trace.jsonl", String(decoding: traceData(events), as: UTF8.self))
    let script = """
      #!/bin/sh
      echo run >> '\(root.path)/runs'
      cat '\(root.path)/trace.jsonl' > "$ESPALIER_TRACE"
      \(then)
      """
    try write("program.sh", script)
    try write(".build/debug/placeholder", "")
    // Another process writes the program: a descriptor open for writing here would be inherited by
    // whatever a parallel test starts at this moment, and a file open for writing cannot be run.
    let copy = Process()
    copy.executableURL = URL(filePath: "/bin/cp")
    copy.arguments = [url("program.sh").path, url(".build/debug/ch01-tensors").path]
    try copy.run()
    copy.waitUntilExit()
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: url(".build/debug/ch01-tensors").path)
  }

  var runs: Int { ((try? read("runs")) ?? "").split(separator: "\n").count }

  func weaver(_ environment: [String: String] = [:]) -> Weaver {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return Weaver(
      repository: repository,
      runner: Runner(
        repository: repository, environment: environment.merging(["PATH": path]) { $1 },
        isInteractive: false))
  }

  /// All files of the book by path.
  func book() -> [String: Data] {
    let folder = url("book")
    let paths = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String }
    var files: [String: Data] = [:]
    for path in paths ?? [] {
      if let data = try? Data(contentsOf: folder.appending(path: path)) { files[path] = data }
    }
    return files
  }
}
