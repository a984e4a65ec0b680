import Foundation
import Testing

/// The study of chapter 3 as a reader runs it, `SIZE=tiny make study N=3`, in a checkout of its own:
/// its arms are run, kept, and found again by a run that goes on after an interruption.
@Suite struct StudyRunTests {
  /// A folder with this checkout's code and the study's program, and an empty `.build/espalier`.
  private final class Copy {
    let root = FileManager.default.temporaryDirectory
      .appending(path: "espalier-\(UUID().uuidString)")

    init() throws {
      let files = FileManager.default
      let programs = root.appending(path: ".build/debug")
      try files.createDirectory(at: programs, withIntermediateDirectories: true)
      for name in ["Package.swift", "Sources", "Chapters"] {
        try files.copyItem(
          at: ChapterTests.root.appending(path: name), to: root.appending(path: name))
      }
      // After the sources, since the weaver refuses a program that is older than its chapter.
      try files.copyItem(
        at: built("study03-experts"), to: programs.appending(path: "study03-experts"))
      try files.setAttributes(
        [.modificationDate: Date()],
        ofItemAtPath: programs.appending(path: "study03-experts").path)
    }

    deinit { try? FileManager.default.removeItem(at: root) }

    /// The kept arms by the names of their files.
    func arms() throws -> [String: Data] {
      let folder = root.appending(path: ".build/espalier/arms/3-tiny")
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
      return try Dictionary(
        uniqueKeysWithValues: names.filter { $0.hasSuffix(".json") }.map {
          ($0, try Data(contentsOf: folder.appending(path: $0)))
        })
    }

    /// Runs the study, as far as the signal that `during` may send, and returns how it ended and
    /// what it said on standard error.
    func study(during: (Process) throws -> Void = { _ in }) throws -> (
      status: Int32, complaint: String
    ) {
      let process = Process()
      process.executableURL = try built("weave")
      process.arguments = ["study", "3"]
      process.currentDirectoryURL = root
      process.environment = ProcessInfo.processInfo.environment
        .filter { !["SEED", "ESPALIER_ENGINE"].contains($0.key) }
        .merging(["SIZE": "tiny"]) { $1 }
      let complaint = root.appending(path: "complaint")
      #expect(FileManager.default.createFile(atPath: complaint.path, contents: nil))
      process.standardOutput = FileHandle.nullDevice
      process.standardError = try FileHandle(forWritingTo: complaint)
      try process.run()
      try during(process)
      process.waitUntilExit()
      return (process.terminationStatus, try String(contentsOf: complaint, encoding: .utf8))
    }
  }

  @Test func `an interrupted study keeps its arms and goes on`() throws {
    let copy = try Copy()
    let interrupted = try copy.study { process in
      while process.isRunning, try copy.arms().count < 3 { usleep(2000) }
      process.interrupt()
    }
    #expect(interrupted.status == 128 + SIGINT, "\(interrupted.complaint)")
    let early = try copy.arms()
    #expect(early.count >= 3)

    let resumed = try copy.study()
    #expect(resumed.status == 0, "\(resumed.complaint)")
    let all = try copy.arms()
    #expect(all.count > early.count)
    #expect(resumed.complaint.contains("\(early.count) of \(all.count) arms are kept\n"))
    for (name, outcome) in early { #expect(all[name] == outcome, "\(name) was run again") }
    let book = copy.root.appending(path: "book").path
    #expect(!FileManager.default.fileExists(atPath: book), "a tiny study writes no page")
  }
}

/// A program of this build, which lies beside the tests.
private func built(_ name: String) throws -> URL {
  let tests = try #require(Bundle.main.executableURL)
  return tests.deletingLastPathComponent().appending(path: name)
}
