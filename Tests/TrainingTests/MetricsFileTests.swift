import Foundation
import Scratch
import StrictJSON
import Testing
import Transformer

@testable import Training

@Suite struct MetricsFileTests {
  private let folder: Scratch

  init() throws { folder = try Scratch() }

  private func report(
    _ step: Int, loss: Double = 1.5, evalLoss: Double? = nil
  ) -> Trainer.Report {
    var report = Trainer.Report(
      step: step, loss: loss, gradientNorm: 0.25, learningRate: 1e-5, tokens: 10,
      totalTokens: 10 * step)
    report.evalLoss = evalLoss
    return report
  }

  private func write(_ steps: Range<Int>, after: Int = 0) throws {
    waitForLock(of: folder.metrics)
    let metrics = try MetricsFile(folder.metrics, after: after)
    for step in steps { try metrics.append(report(step).json) }
  }

  @Test func `the names are Hugging Face's, and every line is JSON`() throws {
    #expect(
      report(3).json
        == #"{"step": 3, "loss": 1.5, "grad_norm": 0.25, "learning_rate": 1e-05, "num_tokens": 30}"#
    )
    let json = report(3, loss: .nan, evalLoss: .infinity).json
    #expect(json.contains(#""loss": null,"#) && json.hasSuffix(#", "eval_loss": null}"#))
    #expect(throws: Never.self) { try JSON(parsing: Array(json.utf8)) }
    #expect(report(3, evalLoss: 2).json.hasSuffix(#", "eval_loss": 2.0}"#))
  }

  @Test func `a line is in the file as soon as it is appended`() throws {
    let metrics = try MetricsFile(folder.metrics, after: 0)
    for step in 1...3 {
      try metrics.append(report(step).json)
      #expect(try folder.lines().count == step)
    }
  }

  /// A file of any number of lines and a half, resumed after any step that has been saved.
  @Test(arguments: [0, 1, 57, 100])
  func `steps that are taken again have one line`(_ saved: Int) throws {
    try write(1..<101)
    let whole = try folder.lines()
    let handle = try FileHandle(forWritingTo: folder.metrics)
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(#"{"step": 101, "lo"#.utf8))
    try handle.close()
    try write(saved + 1..<101, after: saved)
    #expect(try folder.lines() == whole)
  }

  @Test func `of a long file the right end is kept`() throws {
    try write(1..<3001)
    let whole = try folder.lines()
    #expect(whole.joined().utf8.count > 3 << 16)
    try write(0..<0, after: 2345)
    #expect(try folder.lines() == Array(whole[..<2345]))
  }

  @Test func `two runs do not write one file`() throws {
    let first = try MetricsFile(folder.metrics, after: 0)
    let error = #expect(throws: TrainingError.self) { try MetricsFile(folder.metrics, after: 0) }
    #expect(error?.description.contains("another run is writing it") == true)
    try first.append(report(1).json)
  }

  @Test(arguments: ["dear diary\n", "{}\n", "{\"step\": \"1\"}\n", "long"])
  func `what is no metrics is not touched`(_ content: String) throws {
    let content = content == "long" ? String(repeating: "x", count: 1 << 18) : content
    try Data(content.utf8).write(to: folder.metrics)
    #expect(throws: TrainingError.self) { try MetricsFile(folder.metrics, after: 0) }
    #expect(try String(contentsOf: folder.metrics, encoding: .utf8) == content)
  }

  @Test func `what cannot be a file says so`() throws {
    for url in [folder.url, folder.url.appending(path: "none/metrics.jsonl")] {
      let error = #expect(throws: TrainingError.self) { try MetricsFile(url, after: 0) }
      #expect(error?.description.hasPrefix(url.path) == true)
    }
    #expect(throws: TrainingError.self) {
      try MetricsFile(URL(filePath: "/dev/null"), after: 0)
    }
  }

  @Test(arguments: [1, 13, 21])
  func `a run that was stopped goes on in its file`(_ stop: Int) throws {
    func train(_ name: String, until stop: Int) throws -> [String] {
      var options = Course.options()
      options.stateFile = folder.url.appending(path: "\(name).safetensors")
      options.metricsFile = folder.metrics
      options.evaluateEvery = 4
      let trainer = Trainer(
        Transformer(Course.configuration, seed: 4), options, heldOut: Course.batch(1001),
        batch: Course.batch)
      waitForLock(of: folder.metrics)
      try trainer.run { $0.step < stop }
      return try folder.lines()
    }
    let whole = try train("whole", until: .max)
    #expect(try whole.map(step) == Array(1...30))
    #expect(try train("parts", until: stop) == Array(whole[..<stop]))
    #expect(try train("parts", until: .max) == whole)
  }

  private func step(_ line: String) throws -> Int? {
    guard case .integer(let step)? = try JSON(parsing: Array(line.utf8))["step"] else {
      return nil
    }
    return step
  }
}
