import Foundation
import Testing

@testable import Notebook

@Suite struct ApartTests {
  /// Runs the task of a program that is the shell script `script`.
  private func peakMemory(_ script: String) throws -> Int {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "espalier-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let (text, program) = (folder.appending(path: "text"), folder.appending(path: "program"))
    try Data("#!/bin/sh\n\(script)\n".utf8).write(to: text)
    // Written by another process: whatever a parallel test starts at this moment would inherit a
    // descriptor that is open for writing here, and a file open for writing cannot be run.
    let copy = Process()
    copy.executableURL = URL(filePath: "/bin/cp")
    copy.arguments = [text.path, program.path]
    try copy.run()
    copy.waitUntilExit()
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: program.path)
    // Not this process's task, so the body is not run.
    let apart = Apart("writing") { _ in Issue.record("the task ran in this process") }
    return try apart.peakMemory(with: "a folder = that", of: program)
  }

  @Test func itTellsTheOtherProcessWhatToDoAndBelievesItsLastLine() throws {
    let script = """
      test "$ESPALIER_APART" = "writing=a folder = that" && test -z "$ESPALIER_TRACE" || exit 3
      echo 'Chapter 3'; echo 7; echo; echo 52428800
      """
    #expect(try peakMemory(script) == 52_428_800)
  }

  @Test(arguments: ["echo 52428800; exit 1", "echo nothing", "true"])
  func aTaskThatFailedIsAnError(script: String) throws {
    #expect(throws: ApartError(task: "writing", argument: "a folder = that")) {
      try peakMemory(script)
    }
  }
}
