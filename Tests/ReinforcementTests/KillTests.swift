import Foundation
import Reinforcement
import Testing
import Transformer

/// A run in which everything that has a state has one.
private enum Run {
  static let steps = 24

  /// - Parameter folder: where the run keeps its state, its metrics and its completions.
  static func trainer(in folder: URL) throws -> ReinforcementTrainer<Echo> {
    var options = ReinforcementOptions(steps: steps, learningRate: 1e-2, limit: 8)
    (options.prompts, options.groupSize, options.updates) = (3, 4, 2)
    options.extraRounds = 1
    options.schedule = .cosine(warmup: 4)
    options.stateFile = folder.appending(path: "state.safetensors")
    options.metricsFile = folder.appending(path: "metrics.jsonl")
    options.completionsFile = folder.appending(path: "completions.jsonl")
    // After every step, so that many kills hit a save.
    options.saveEvery = 1
    return try ReinforcementTrainer(
      Class.model(), tokenizer: Class.tokenizer, exercises: Class.exercises,
      judge: Judge([(Class.reward, 1)]), options)
  }

  /// Goes on with the run, and dies `share` of a step after its first step, wherever it is then, but
  /// at the latest when it has taken the step `last`.
  static func die(in folder: URL, after share: Double, last: Int) throws {
    var began: ContinuousClock.Instant? = .now
    try trainer(in: folder).run { report, _ in
      if report.step == last { kill(getpid(), SIGKILL) }
      if let start = began {
        began = nil
        let delay = (ContinuousClock.now - start) * share
        Thread.detachNewThread {
          Thread.sleep(forTimeInterval: delay / .seconds(1))
          kill(getpid(), SIGKILL)
        }
      }
      return true
    }
  }
}

/// The power may fail at any moment.
@Suite struct KillTests {
  @Test func `a run that is killed again and again ends with the bits of one that was not`()
    async throws
  {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "espalier-\(UInt64.random(in: 0...UInt64.max))")
    let (killed, whole) = (folder.appending(path: "killed"), folder.appending(path: "whole"))
    for folder in [killed, whole] {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }
    defer { try? FileManager.default.removeItem(at: folder) }

    for attempt in 0..<8 {
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [path = killed.path as String, attempt = attempt as Int] in
        // The first by no clock, in its third step: two are saved on every machine.
        try Run.die(
          in: URL(filePath: path), after: attempt == 0 ? 1e6 : 0.37 * Double(attempt),
          last: attempt == 0 ? 3 : Run.steps - 1)
      }
    }

    let resumed = try Run.trainer(in: killed)
    try resumed.resume()
    #expect((2..<Run.steps).contains(resumed.step))
    try resumed.run()
    let unbroken = try Run.trainer(in: whole)
    try unbroken.run()
    #expect(Class.weights(resumed.model) == Class.weights(unbroken.model))
    #expect(Class.weights(resumed.model) != Class.weights(Class.model()))
    for name in ["metrics.jsonl", "completions.jsonl"] {
      let lines = try [killed, whole].map {
        try String(contentsOf: $0.appending(path: name), encoding: .utf8)
      }
      #expect(lines[0] == lines[1] && !lines[0].isEmpty)
    }
  }
}
