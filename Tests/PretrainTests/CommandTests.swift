import Foundation
import Testing
import Text
import Transformer

/// The `pretrain` program itself.
@Suite struct CommandTests {
  private struct Outcome {
    let status: Int32
    let output: String
    let complaint: String
  }

  /// Starts the program; `during` may interfere while it runs.
  private func pretrain(
    _ arguments: [String], during: (Process) throws -> Void = { _ in }
  ) throws -> Outcome {
    let process = try program(arguments)
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

  private func program(_ arguments: [String]) throws -> Process {
    let process = Process()
    process.executableURL = try #require(Bundle.main.executableURL).deletingLastPathComponent()
      .appending(path: "pretrain")
    process.arguments = arguments
    return process
  }

  private func arguments(_ scratch: Scratch, out: String) -> [String] {
    [
      "--corpus", scratch.corpus.path, "--out", scratch.root.appending(path: out).path, "--steps",
      "120", "--width", "32", "--layers", "2", "--context", "32", "--batch", "8", "--vocabulary",
      "320", "--evaluate-every", "40", "--save-every", "5",
    ]
  }

  private let results = [
    "config.json", "generation_config.json", "metrics.jsonl", "model.safetensors",
    "state.safetensors", "tokenizer.json", "tokenizer_config.json",
  ]

  @Test(arguments: [SIGTERM, SIGKILL])
  func `the same command goes on after a signal, to the same bits`(_ signal: Int32) throws {
    let scratch = try Scratch(sums)
    let whole = try pretrain(arguments(scratch, out: "whole"))
    #expect(whole.status == 0 && whole.complaint.isEmpty, "\(whole.complaint)")
    #expect(whole.output.contains("step 40/120  loss "))

    let parts = scratch.root.appending(path: "parts")
    let metrics = parts.appending(path: "metrics.jsonl")
    var stopped = Outcome(status: 0, output: "", complaint: "")
    // Once more if it was done before the signal came.
    for _ in 0..<5 where stopped.status == 0 {
      try? FileManager.default.removeItem(at: parts)
      stopped = try pretrain(arguments(scratch, out: "parts")) { process in
        // Once there is something to go on from.
        while process.isRunning, lines(metrics) < 13 { usleep(500) }
        kill(process.processIdentifier, signal)
      }
    }
    #expect(stopped.status == (signal == SIGTERM ? 128 + SIGTERM : SIGKILL))
    #expect((13...120).contains(lines(metrics)))
    if signal == SIGTERM {
      #expect(stopped.complaint.contains("the same command goes on from there"))
    }
    let resumed = try pretrain(arguments(scratch, out: "parts"))
    #expect(resumed.status == 0 && resumed.output.contains("going on after step"))
    for name in results {
      let files = try ["whole", "parts"].map {
        try Data(contentsOf: scratch.root.appending(path: "\($0)/\(name)"))
      }
      #expect(files[0] == files[1], "\(name)")
    }
    #expect(
      whole.output.components(separatedBy: "what it writes").last
        == resumed.output.components(separatedBy: "what it writes").last)

    let model = try Checkpoint(contentsOf: scratch.root.appending(path: "parts")).model
    let tokenizer = try loadTokenizer(from: scratch.root.appending(path: "parts"))
    #expect(model.configuration.vocabulary == tokenizer.vocabularyCount)
  }

  private func lines(_ url: URL) -> Int {
    (try? Data(contentsOf: url))?.count { $0 == UInt8(ascii: "\n") } ?? 0
  }

  @Test func `another command is not taken for the same`() throws {
    let scratch = try Scratch(sums)
    var command = arguments(scratch, out: "model")
    command[5] = "2"
    #expect(try pretrain(command).status == 0)
    let other = try pretrain(command + ["--seed", "2"])
    #expect(other.status == 1)
    #expect(other.complaint.contains("whose --seed is \"1\" and not \"2\"; remove it"))
    try Data((sums + "more").utf8).write(to: scratch.corpus)
    let changed = try pretrain(command)
    #expect(changed.status == 1 && changed.complaint.contains("whose --corpus is "))
  }

  @Test func `a model from elsewhere is not overwritten`() throws {
    let scratch = try Scratch(sums)
    let weights = scratch.root.appending(path: "model.safetensors")
    try Data("precious".utf8).write(to: weights)
    let outcome = try pretrain(["--corpus", scratch.corpus.path, "--out", scratch.root.path])
    #expect(outcome.status == 1 && outcome.complaint.contains("not made here"))
    #expect(try Data(contentsOf: weights) == Data("precious".utf8))
  }

  #if os(Linux)
    @Test func `where nothing can be said, it is not a crash, and lost results are no success`()
      throws
    {
      let scratch = try Scratch(sums)
      let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
      let mistaken = try program(["--bogus"])
      mistaken.standardError = full
      let silenced = try program(arguments(scratch, out: "model") + ["--steps", "1"])
      (silenced.standardOutput, silenced.standardError) = (full, full)
      for process in [mistaken, silenced] {
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationReason == .exit)
      }
      #expect(mistaken.terminationStatus == 64)
      #expect(silenced.terminationStatus == EX_IOERR)
    }
  #endif

  @Test func `nothing of the reader's is written over`() throws {
    let scratch = try Scratch(sums)
    func refusal(_ arguments: [String]) throws -> String {
      let outcome = try pretrain(["--corpus", scratch.corpus.path] + arguments)
      #expect(outcome.status == 1 && outcome.output.isEmpty)
      return outcome.complaint
    }
    let files = FileManager.default
    let shards = scratch.root.appending(path: "shards")
    try files.createDirectory(at: shards, withIntermediateDirectories: true)
    try Data("{}".utf8).write(to: shards.appending(path: "model.safetensors.index.json"))
    try Data().write(to: shards.appending(path: "metrics.jsonl"))
    #expect(try refusal(["--out", shards.path]).contains("not made here"))

    let text = scratch.root.appending(path: "text")
    try files.createDirectory(at: text, withIntermediateDirectories: true)
    let corpus = text.appending(path: "tokenizer.json")
    try files.copyItem(at: scratch.corpus, to: corpus)
    #expect(
      try refusal(["--corpus", corpus.path, "--out", text.path]).contains("would be written over"))

    let taken = scratch.root.appending(path: "taken")
    try files.createDirectory(
      at: taken.appending(path: "config.json"), withIntermediateDirectories: true)
    #expect(try refusal(["--out", taken.path]).contains("config.json: is a folder"))
  }

  @Test(arguments: [
    (["--width", "33"], "--width 33 is not a multiple of 32"),
    (["--width", "65536", "--layers", "1000"], "weights take"),
    (["--steps", "0"], "--steps 0 is not between 1 and"),
    (["--learning-rate", "nan"], "--learning-rate nan is not between"),
    (["--tokenizer", "words"], "'words' is invalid for '--tokenizer"),
    (["--context", "60000"], "is too short"),
    (["--corpus", "/no/such/file"], "/no/such/file: cannot be read: No such file or directory"),
    (["--corpus", "/"], "/: is a folder"),
    (["--out", "/dev/null"], "/dev/null: cannot be made a folder"),
    (["--out", ""], "--out is empty"), (["--steps", "-1"], "is given as --option=-1"),
  ])
  func `a mistake is one line`(_ mistake: [String], _ complaint: String) throws {
    let scratch = try Scratch(sums)
    let outcome = try pretrain(
      ["--corpus", scratch.corpus.path, "--out", scratch.root.path] + mistake)
    #expect(outcome.status != 0 && outcome.output.isEmpty)
    #expect(outcome.complaint.hasPrefix("pretrain: ") && outcome.complaint.contains(complaint))
    #expect(outcome.complaint.split(separator: "\n").count == 1, "\(outcome.complaint)")
  }
}
