import ArgumentParser
import Foundation
import Kernels
import Notebook
import Programs

@main struct Doctor: Program {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Checks that this machine has what the book needs.",
    discussion: """
      Prints a line for each check, [ok] or [fail] with a remedy, and exits with status 1 when a \
      check fails.
      """)

  func run() throws {
    let checks = [
      toolchain, processor, threads, memory, openBLAS, speed,
      program("gnuplot", "draws the figures", remedy: "apt-get install gnuplot-nox"),
      program("swift-format", "keeps the style", remedy: "it comes with the Swift toolchain"),
    ]
    for check in checks { Terminal.write(check.line) }
    if checks.contains(where: { !$0.isWell }) { throw ExitCode.failure }
  }
}

/// What a check found, and what to do about it if it is not well.
struct Check {
  let subject: String
  let finding: String
  var remedy: String?

  var isWell: Bool { remedy == nil }

  var line: String {
    guard let remedy else { return "[ok]   \(subject): \(finding)" }
    return "[fail] \(subject): \(finding); \(remedy)"
  }
}
