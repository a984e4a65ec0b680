import Foundation
import Notebook
import Testing

@testable import weave

@Suite struct RunnerTests {
  private let chapter = ChapterName(folder: "01-Tensors")!

  @Test func aRunIsRememberedUntilSomethingChanges() throws {
    let scratch = try Scratch()
    try scratch.program(sampleEvents())
    let runner = scratch.weaver().runner
    let first = try runner.trace(of: chapter, fresh: false)
    #expect(first.events == sampleEvents())
    #expect(try runner.trace(of: chapter, fresh: false) == first)
    #expect(scratch.runs == 1)
    _ = try runner.trace(of: chapter, fresh: true)
    #expect(scratch.runs == 2)
    _ = try scratch.weaver(["SEED": "3"]).runner.trace(of: chapter, fresh: false)
    #expect(scratch.runs == 3)
    try scratch.write("Chapters/01-Tensors/main.swift", sampleSource + "\n//: More.")
    try scratch.program(sampleEvents())
    _ = try runner.trace(of: chapter, fresh: false)
    #expect(scratch.runs == 4)
    try scratch.program(sampleEvents(), then: "# another program")
    _ = try runner.trace(of: chapter, fresh: false)
    #expect(scratch.runs == 5)
    try scratch.write("Tests/Oracles/Fixtures/losses.json", "[1]")
    _ = try runner.trace(of: chapter, fresh: false)
    #expect(scratch.runs == 6)
  }

  @Test func aDamagedRememberedRunIsRunAgain() throws {
    let scratch = try Scratch()
    try scratch.program(sampleEvents())
    let runner = scratch.weaver().runner
    _ = try runner.trace(of: chapter, fresh: false)
    let folder = ".build/espalier/traces"
    let kept = try FileManager.default.contentsOfDirectory(atPath: scratch.url(folder).path)
      .filter { $0.hasSuffix(".jsonl") }
    try scratch.write("\(folder)/\(try #require(kept.first))", "garbage\n")
    #expect(try runner.trace(of: chapter, fresh: false).closing != nil)
    #expect(scratch.runs == 2)
  }

  @Test func aFewTracesStay() throws {
    let scratch = try Scratch()
    try scratch.program(sampleEvents())
    for seed in 1...6 {
      _ = try scratch.weaver(["SEED": "\(seed)"]).runner.trace(of: chapter, fresh: false)
    }
    #expect(scratch.runs == 6)
    _ = try scratch.weaver(["SEED": "6"]).runner.trace(of: chapter, fresh: false)
    #expect(scratch.runs == 6)
    let names = try FileManager.default.contentsOfDirectory(
      atPath: scratch.url(".build/espalier/traces").path)
    #expect(names.count { $0.hasSuffix(".jsonl") } == 4)
  }

  @Test func racersRunItOnce() throws {
    let scratch = try Scratch()
    try scratch.program(sampleEvents(), then: "sleep 0.2")
    let runner = scratch.weaver().runner
    let chapter = chapter
    DispatchQueue.concurrentPerform(iterations: 3) { _ in
      _ = try? runner.trace(of: chapter, fresh: false)
    }
    #expect(scratch.runs == 1)
  }

  @Test(arguments: [
    (
      "echo 'main.swift:9: Fatal error: Index out of range' >&2; kill -ILL $$",
      "chapter 1 was stopped by signal 4 after Chapters/01-Tensors/main.swift:9: "
        + "main.swift:9: Fatal error: Index out of range; its output is in "
        + ".build/espalier/traces/01-tensors.log"
    ),
    (
      "exit 3",
      "chapter 1 exited with 3 after Chapters/01-Tensors/main.swift:9; its output is in "
        + ".build/espalier/traces/01-tensors.log"
    ),
    (
      "exit 0",
      "chapter 1 exited with 0 after Chapters/01-Tensors/main.swift:9; its output is in "
        + ".build/espalier/traces/01-tensors.log"
    ),
  ])
  func aCrashIsOneLineWithTheLastLine(then: String, message: String) throws {
    let scratch = try Scratch()
    try scratch.program(Array(sampleEvents().prefix(3)), then: then)
    let error = #expect(throws: WeaveError.self) {
      try scratch.weaver().runner.trace(of: chapter, fresh: false)
    }
    #expect(error?.description == message)
    #expect(scratch.book().isEmpty)
  }

  @Test func aChapterThatRefusesItsKnobsSaysWhy() throws {
    let scratch = try Scratch()
    try scratch.program([], then: "echo 'ch01-tensors: SIZE=huge is not one of tiny'; exit 64")
    let error = #expect(throws: WeaveError.self) {
      try scratch.weaver().runner.trace(of: chapter, fresh: false)
    }
    #expect(
      error?.description.hasPrefix(
        "chapter 1 exited with 64 before it said anything: ch01-tensors: SIZE=huge is not") == true)
  }

  @Test func falseClaimsAreNotRemembered() throws {
    let scratch = try Scratch()
    try scratch.program(sampleEvents(holds: false), then: "exit 1")
    let runner = scratch.weaver().runner
    #expect(try runner.trace(of: chapter, fresh: false).hasBrokenClaims)
    #expect(try runner.trace(of: chapter, fresh: false).hasBrokenClaims)
    #expect(scratch.runs == 2)
  }

  @Test func missingAndStaleProgramsAreNamed() throws {
    let scratch = try Scratch()
    let runner = scratch.weaver().runner
    var error = #expect(throws: WeaveError.self) { try runner.program(of: chapter) }
    #expect(error?.description == "ch01-tensors is not built; run swift build first")
    try scratch.program(sampleEvents())
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: 60)],
      ofItemAtPath: scratch.url("Chapters/01-Tensors/main.swift").path)
    error = #expect(throws: WeaveError.self) { try runner.program(of: chapter) }
    #expect(error?.description.contains("is older than") == true)
  }
}
