import Foundation
import Notebook
import Testing

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

  /// Makes the program of a chapter or study: it counts its runs, leaves `events` as its trace, and
  /// does `then`.
  func program(_ events: [Event], of target: String = "ch01-tensors", then: String = "") throws {
    try write("\(target).jsonl", String(decoding: traceData(events), as: UTF8.self))
    let script = """
      #!/bin/sh
      echo run >> '\(root.path)/runs'
      cat '\(root.path)/\(target).jsonl' > "$ESPALIER_TRACE"
      \(then)
      """
    try write("program.sh", script)
    try write(".build/debug/placeholder", "")
    // Another process writes the program: a descriptor open for writing here would be inherited by
    // whatever a parallel test starts at this moment, and a file open for writing cannot be run.
    let program = url(".build/debug/\(target)").path
    let copy = Process()
    copy.executableURL = URL(filePath: "/bin/cp")
    copy.arguments = [url("program.sh").path, program]
    try copy.run()
    copy.waitUntilExit()
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
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

/// What a run of `weave` ended with.
struct Outcome {
  let status: Int32
  let output: String
  let complaint: String
}

/// Starts `weave`; `during` may interfere while it runs.
func weave(
  _ arguments: [String], in scratch: Scratch, environment: [String: String] = [:],
  during: (Process) throws -> Void = { _ in }
) throws -> Outcome {
  let process = Process()
  process.executableURL = try #require(Bundle.main.executableURL).deletingLastPathComponent()
    .appending(path: "weave")
  process.arguments = arguments
  process.currentDirectoryURL = scratch.root
  process.environment = ProcessInfo.processInfo.environment
    .filter { !["SIZE", "SEED", "ESPALIER_ENGINE"].contains($0.key) }
    .merging(environment) { $1 }
  let (output, complaint) = (Pipe(), Pipe())
  process.standardOutput = output
  process.standardError = complaint
  try process.run()
  try during(process)
  let said = try output.fileHandleForReading.readToEnd() ?? Data()
  let complained = try complaint.fileHandleForReading.readToEnd() ?? Data()
  process.waitUntilExit()
  return Outcome(
    status: process.terminationStatus, output: String(decoding: said, as: UTF8.self),
    complaint: String(decoding: complained, as: UTF8.self))
}
