import Foundation
import Kernels
import Tensors
import Testing
import Transformer

@testable import Training

enum Course {
  static let configuration = Configuration(
    vocabulary: 23, width: 16, layers: 2, heads: 2, keyValueHeads: 1, feedForwardWidth: 24,
    context: 64)

  /// Texts in which every token follows from the one before, of many lengths.
  static func batch(_ step: Int) -> [Example] {
    var generator = Generator(seed: 1).stream(UInt64(step))
    return (0..<12).map { _ in
      var token = generator.uniform(below: 23)
      let tokens = (0..<3 + generator.uniform(below: 30)).map { _ in
        token = (token * 5 + 3) % 23
        return Int32(token)
      }
      return Example(tokens, given: 1 + generator.uniform(below: 2))
    }
  }

  static func options(_ steps: Int = 30) -> Trainer.Options {
    var options = Trainer.Options(steps: steps, learningRate: 1e-2)
    options.schedule = .cosine(warmup: 5)
    return options
  }

  static func weights(_ model: Transformer) -> [Float] {
    model.parameters.all.flatMap { $0.tensor.floats }
  }
}

@Suite struct TrainerTests {
  private func train(
    _ options: Trainer.Options, threads: Int = 2, until stop: Int = .max
  ) throws -> (weights: [Float], losses: [Double]) {
    try Parallel.$threads.withValue(threads) {
      let trainer = Trainer(
        Transformer(Course.configuration, seed: 4), options, batch: Course.batch)
      var losses: [Double] = []
      try trainer.run {
        losses.append($0.loss)
        return $0.step < stop
      }
      return (Course.weights(trainer.model), losses)
    }
  }

  @Test func `it learns`() throws {
    let losses = try train(Course.options(60)).losses
    #expect(losses[0] > 2.8 && losses.last! < 0.5 * losses[0])
  }

  @Test(arguments: [1, 3])
  func `the same bits on any number of threads`(_ threads: Int) throws {
    let two = try train(Course.options())
    let other = try train(Course.options(), threads: threads)
    #expect(other.weights == two.weights && other.losses == two.losses)
  }

  @Test(arguments: [1, 40, 100])
  func `the same bits in pieces of any size`(_ tokens: Int) throws {
    var options = Course.options()
    let whole = try train(options)
    options.tokensAtOnce = tokens
    let pieces = try train(options)
    #expect(pieces.weights == whole.weights)
    for (a, b) in zip(pieces.losses, whole.losses) { #expect(abs(a - b) < 1e-12) }
  }

  @Test(arguments: [1, 13, 29])
  func `a run that was stopped goes on as if it had not been`(_ stop: Int) throws {
    let whole = try train(Course.options())
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "espalier-\(UInt64.random(in: 0...UInt64.max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var options = Course.options()
    options.stateFile = folder.appending(path: "state.safetensors")
    options.saveEvery = 7
    let first = try train(options, until: stop)
    let second = try train(options)
    #expect(first.losses + second.losses == whole.losses)
    #expect(second.weights == whole.weights)

    var other = options
    other.learningRate = 2e-2
    #expect(throws: TrainingError.self) { try train(other) }
    other = options
    other.data = ["corpus": "another\none"]
    let error = #expect(throws: TrainingError.self) { try train(other) }
    #expect(
      error?.description.contains(#"whose corpus is nothing and not "another\none";"#) == true)
  }

  @Test func `a batch that cannot be read ends the run, and names the reason`() throws {
    struct Broken: Error, CustomStringConvertible { let description = "the disk is on fire" }
    let trainer = Trainer(Transformer(Course.configuration, seed: 4), Course.options()) { step in
      if step == 3 { throw Broken() }
      return Course.batch(step)
    }
    #expect(throws: TrainingError.file("the disk is on fire")) { try trainer.run() }
    #expect(trainer.step == 3)
  }

  @Test func `an exploding run says where`() throws {
    let model = Transformer(Course.configuration, seed: 4)
    let parameter = model.parameters.all[3]
    parameter.set(Tensor(parameter.shape, repeating: .infinity))
    let trainer = Trainer(model, Course.options(), batch: Course.batch)
    let error = #expect(throws: TrainingError.self) { try trainer.run() }
    #expect(error?.description.contains("step 0") == true)
    #expect(error?.description.contains("not finite") == true)
  }

  @Test func `a batch with nothing to learn is refused`() {
    let trainer = Trainer(Transformer(Course.configuration, seed: 4), Course.options()) { _ in
      [Example([1, 2, 3], given: 3)]
    }
    #expect(throws: TrainingError.empty(step: 0)) { try trainer.run() }
  }
}

/// The power may fail at any moment.
@Suite struct KillTests {
  @Test func `a run that is killed again and again ends with the bits of one that was not`()
    async throws
  {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "espalier-\(UInt64.random(in: 0...UInt64.max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let state = folder.appending(path: "state.safetensors").path
    let metrics = folder.appending(path: "metrics.jsonl").path

    // The state is saved after every step, so that most kills hit a save.
    for attempt in 0..<8 {
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [state = state as String, metrics = metrics as String, attempt = attempt as Int] in
        var options = Course.options()
        options.stateFile = URL(filePath: state)
        options.metricsFile = URL(filePath: metrics)
        options.saveEvery = 1
        let trainer = Trainer(
          Transformer(Course.configuration, seed: 4), options, batch: Course.batch)
        var isFirst = true
        try trainer.run { _ in
          if isFirst {
            isFirst = false
            Thread.detachNewThread {
              usleep(UInt32(900 + 1700 * attempt))
              kill(getpid(), SIGKILL)
            }
          }
          return true
        }
        // Done before the kill came.
        kill(getpid(), SIGKILL)
      }
    }

    var options = Course.options()
    options.stateFile = URL(filePath: state)
    options.metricsFile = URL(filePath: metrics)
    let resumed = Trainer(Transformer(Course.configuration, seed: 4), options, batch: Course.batch)
    try resumed.run()
    let whole = Trainer(
      Transformer(Course.configuration, seed: 4), Course.options(), batch: Course.batch)
    var lines = ""
    try whole.run {
      lines += $0.json + "\n"
      return true
    }
    #expect(Course.weights(resumed.model) == Course.weights(whole.model))
    #expect(try String(contentsOfFile: metrics, encoding: .utf8) == lines)
  }

  @Test func `a text longer than the context is refused by its number`() {
    let trainer = Trainer(
      Transformer(Course.configuration, seed: 4), Course.options()
    ) { _ in [Example([1, 2]), Example([Int32](repeating: 1, count: 66))] }
    #expect(throws: TrainingError.long(step: 0, example: 1, tokens: 66, context: 64)) {
      try trainer.run()
    }
  }
}
