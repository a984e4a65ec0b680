import Foundation
import Notebook
import Testing

@testable import weave

/// The `weave` program itself, in a throw-away checkout.
@Suite struct CommandTests {
  @Test func acceptBookAndVerifyAgree() throws {
    let scratch = try Scratch()
    try scratch.program(sampleEvents())
    let refused = try weave(["book"], in: scratch)
    #expect(refused.status != 0)
    #expect(refused.output.contains("(no such pin)"))
    #expect(refused.output.contains("make accept N=1"))
    #expect(scratch.book().isEmpty)

    #expect(try weave(["accept", "1"], in: scratch).status == 0)
    let book = scratch.book()
    #expect(
      book.keys.sorted() == [
        "01-tensors.md", "README.md", "figures/01-loss.svg", "pins/01-tensors.json",
      ])
    let again = try weave(["book"], in: scratch)
    #expect(again.status == 0 && again.output.contains("unchanged"))
    #expect(scratch.book() == book)
    let verified = try weave(["verify"], in: scratch)
    #expect(verified.status == 0, "\(verified.output)\(verified.complaint)")
    #expect(verified.output.contains("as committed  (2 pins, 1 claim, the page)"))

    try scratch.program(sampleEvents(sum: "3.25"))
    let differs = try weave(["verify", "1"], in: scratch)
    #expect(differs.status != 0)
    for part in ["sum", "3.5", "3.25", "Chapters/01-Tensors/main.swift:9"] {
      #expect(differs.output.contains(part))
    }
    #expect(scratch.book() == book)
  }

  @Test(arguments: [["book", "abc"], ["verify", "99"], ["accept", "0"], ["run", "7"]])
  func unknownChaptersAreOneLine(arguments: [String]) throws {
    let outcome = try weave(arguments, in: Scratch())
    #expect(outcome.status != 0)
    #expect(
      outcome.complaint
        == "weave: there is no chapter \(arguments[1]); the chapters are 1 (Tensors)\n")
  }

  @Test func falseClaimsCannotBeAccepted() throws {
    let scratch = try Scratch()
    try scratch.program(sampleEvents(holds: false), then: "exit 1")
    let outcome = try weave(["accept", "1"], in: scratch)
    #expect(outcome.status != 0)
    #expect(outcome.complaint.contains("a false claim cannot be accepted"))
    #expect(scratch.book().isEmpty)
    let verified = try weave(["verify", "1"], in: scratch)
    #expect(verified.status != 0 && verified.output.contains("correct the chapter or its claim"))
    #expect(!verified.output.contains("make accept"))
  }

  @Test func aDamagedRecordIsOneLineAndAcceptMendsIt() throws {
    let scratch = try Scratch()
    try scratch.program(sampleEvents())
    #expect(try weave(["accept", "1"], in: scratch).status == 0)
    let book = scratch.book()
    try scratch.write("book/pins/01-tensors.json", "{\"pins\": ")
    let outcome = try weave(["book"], in: scratch)
    #expect(outcome.status != 0)
    #expect(outcome.complaint.hasPrefix("weave: book/pins/01-tensors.json is damaged; restore"))
    #expect(outcome.complaint.split(separator: "\n").count == 1)
    #expect(try weave(["accept", "1"], in: scratch).status == 0)
    #expect(scratch.book() == book)
  }

  @Test func oneCrashDoesNotHideTheOthers() throws {
    let scratch = try Scratch()
    try scratch.program(Array(sampleEvents().prefix(2)), then: "kill -SEGV $$")
    try scratch.write("Chapters/02-Attention/main.swift", "")
    let outcome = try weave(["verify"], in: scratch)
    #expect(outcome.status != 0)
    let lines = outcome.complaint.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines.first?.contains("was stopped by signal 11 after") == true)
    #expect(lines.last == "weave: ch02-attention is not built; run swift build first")
  }

  @Test func withoutGnuplotTheOldBookStays() throws {
    let scratch = try Scratch()
    try scratch.program(sampleEvents())
    try scratch.write("bin/readme", "a PATH with cat and nothing else")
    try FileManager.default.createSymbolicLink(
      at: scratch.url("bin/cat"), withDestinationURL: URL(filePath: "/bin/cat"))
    let path = scratch.url("bin").path
    let outcome = try weave(["accept", "1"], in: scratch, environment: ["PATH": path])
    #expect(outcome.status != 0)
    #expect(outcome.complaint.contains("sudo apt-get install gnuplot-nox"))
    #expect(scratch.book().isEmpty)
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func interruptionStopsTheChapterAndLeavesTheBook(signal: Int32) throws {
    let scratch = try Scratch()
    try scratch.program(sampleEvents())
    #expect(try weave(["accept", "1"], in: scratch).status == 0)
    let book = scratch.book()
    try scratch.program(
      sampleEvents(sum: "9"), then: "echo $$ > '\(scratch.root.path)/pid'; exec sleep 20")
    let outcome = try weave(["accept", "1"], in: scratch) { process in
      while (try? scratch.read("pid"))?.isEmpty ?? true { usleep(10_000) }
      kill(process.processIdentifier, signal)
    }
    #expect(outcome.status == 128 + signal)
    #expect(scratch.book() == book)
    let child = try #require(
      pid_t(scratch.read("pid").trimmingCharacters(in: .whitespacesAndNewlines)))
    var waited = 0
    while kill(child, 0) == 0, waited < 300 {
      usleep(10_000)
      waited += 1
    }
    #expect(kill(child, 0) != 0, "the chapter still runs")
    let traces = try FileManager.default.contentsOfDirectory(
      atPath: scratch.url(".build/espalier/traces").path)
    #expect(traces.allSatisfy { !$0.hasSuffix(".partial") })
  }

  @Test func helpTeaches() throws {
    let help = try weave(["--help"], in: Scratch()).output
    for part in ["run", "book", "verify", "accept", "clean", "Chapters/NN-Name/main.swift"] {
      #expect(help.contains(part))
    }
  }
}
