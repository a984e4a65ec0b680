import ArgumentParser
import Foundation
import Notebook
import Text
import Training
import Transformer

/// One run of the program, from the text to the checkpoint.
struct PretrainingRun {
  let command: Pretrain
  let folder: URL

  init(_ command: Pretrain) {
    self.command = command
    folder = URL(filePath: command.out)
  }

  func run() throws {
    let file = try progress("reading", total: 100) { bar throws(TextFileError) in
      var percent = 0
      return try TextFile(URL(filePath: command.corpus)) { share in
        let now = Int(100 * share)
        bar.advance(by: now - percent)
        percent = now
      }
    }
    let corpus = try corpus(file)
    let model = Transformer(try configuration(corpus.tokenizer), seed: command.seed)
    try makeFolder()
    let trainer = Trainer(
      model, options(file), heldOut: try corpus.heldOutExamples(Self.heldOutExamples)
    ) { step in try corpus.batch(step, of: command.batch) }
    try trainer.resume()
    describe(corpus, trainer)

    try train(trainer)
    let tokenizer = corpus.tokenizer
    try Checkpoint(model, ends: tokenizer.end.map { [$0] } ?? []).write(to: folder)
    try tokenizer.save(to: folder)
    Terminal.write("the model is in \(folder.path)")
    try Sample(model, corpus, seed: command.seed).print()
  }

  /// Makes the folder, or sees to it that nothing in it is lost: a model that is none of a run's, or
  /// the text itself.
  private func makeFolder() throws {
    let text = URL(filePath: command.corpus).resolvingSymlinksInPath().path
    let isBegun = has("state.safetensors")
    for name in Self.results where has(name) {
      let file = folder.appending(path: name)
      if file.resolvingSymlinksInPath().path == text {
        throw PretrainingError("\(text): would be written over; choose another --out")
      }
      if (try? file.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory == true {
        throw PretrainingError(
          "\(file.path): is a folder, where a file has to be; choose another --out")
      }
      if !isBegun {
        throw PretrainingError(
          "\(folder.path): holds a model that was not made here; choose another --out")
      }
    }
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw PretrainingError(
        "\(folder.path): cannot be made a folder: \(error.localizedDescription) Choose another --out"
      )
    }
  }

  /// The files of a model, by which it is known that there is one.
  private static let results = [
    "config.json", "generation_config.json", "model.safetensors", "model.safetensors.index.json",
    "tokenizer.json", "tokenizer_config.json",
  ]

  private func has(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: folder.appending(path: name).path)
  }

  /// At how many held-out passages the model is looked at, at most.
  static let heldOutExamples = 32

  private func corpus(_ file: TextFile) throws -> TextCorpus {
    let parts = try TextCorpus.Parts(
      of: file, heldOut: command.heldOut, context: command.context)
    let tokenizer = command.tokenizer.tokenizer(
      learnedFrom: try TextCorpus.sample(of: file, parts), vocabulary: command.vocabulary)
    return TextCorpus(
      file: file, tokenizer: tokenizer, context: command.context, seed: command.seed,
      parts: parts)
  }

  /// A decoder with the proportions of the book's base model.
  private func configuration(_ tokenizer: any Tokenizer) throws -> Configuration {
    let configuration = Configuration(
      vocabulary: tokenizer.vocabularyCount, width: command.width, layers: command.layers,
      heads: command.width / 32, context: command.context)
    // Weight, gradient and two averages, four bytes each.
    let needed = UInt64(16 * configuration.parameterCount)
    let memory = ProcessInfo.processInfo.physicalMemory
    guard needed < memory else {
      throw ValidationError(
        "\(configuration.parameterCount) weights take \(needed >> 20) MiB to train, and this "
          + "machine has \(memory >> 20); choose a smaller --width, --layers or --vocabulary")
    }
    return configuration
  }

  private func options(_ file: TextFile) -> Trainer.Options {
    var options = Trainer.Options(steps: command.steps, learningRate: command.learningRate)
    options.schedule = .cosine(warmup: min(50, command.steps / 10))
    options.stateFile = folder.appending(path: "state.safetensors")
    options.metricsFile = folder.appending(path: "metrics.jsonl")
    options.saveEvery = command.saveEvery
    options.evaluateEvery = command.evaluateEvery
    options.data = [
      "--corpus": "\(file.count) bytes, \(file.fingerprint)",
      "--steps": "\(command.steps)", "--learning-rate": "\(command.learningRate)",
      "--width": "\(command.width)", "--layers": "\(command.layers)",
      "--context": "\(command.context)", "--batch": "\(command.batch)",
      "--tokenizer": command.tokenizer.rawValue, "--vocabulary": "\(command.vocabulary)",
      "--held-out": "\(command.heldOut)", "--seed": "\(command.seed)",
    ]
    return options
  }

  private func describe(_ corpus: TextCorpus, _ trainer: Trainer) {
    let parts = corpus.parts
    Terminal.write(
      """
      text       \(parts.training.count) bytes to learn, \(parts.heldOut.count) held out
      tokenizer  \(command.tokenizer.rawValue), \(corpus.tokenizer.vocabularyCount) tokens
      model      \(trainer.model.configuration.parameterCount) weights
      run        \(command.steps) steps of \(command.batch) × \(command.context) tokens
      """)
    if trainer.step > 0 { Terminal.write("going on after step \(trainer.step)") }
  }

  /// Takes the steps that are left, with a bar, and a line whenever the held-out text is looked at.
  private func train(_ trainer: Trainer) throws {
    let interruption = Interruption()
    defer { interruption.end() }
    var last = trainer.step
    let started = ContinuousClock.now
    var tokens = 0
    try progress("training", total: command.steps - trainer.step) { bar throws(TrainingError) in
      try trainer.run { report in
        last = report.step
        tokens += report.tokens
        let rate = Double(tokens) / ((ContinuousClock.now - started) / .seconds(1))
        bar.advance("loss \(report.loss.fixed(3))  \(Int(rate)) tokens/s")
        if let evalLoss = report.evalLoss {
          bar.say(
            "step \(report.step)/\(command.steps)  loss \(report.loss.fixed(3))  "
              + "held out \(evalLoss.fixed(3))  \(Int(rate)) tokens/s")
        }
        return !interruption.hasCome
      }
    }
    if last < command.steps {
      Terminal.writeError(
        "pretrain: stopped after step \(last); the same command goes on from there\n")
      throw ExitCode(128 + interruption.signal)
    }
  }
}
