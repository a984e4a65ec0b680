import Domains
import Experts
import Tensors
import Training
import Transformer

/// One training run of the comparison between dense layers and mixtures of experts.
///
/// Trials of one workload and seed read the same batches in the same order, with the same optimiser
/// and the same initial attention and embedding; they differ in the layout alone.
///
///     let outcome = try Trial(.recall, .loss, seed: 1).run()
///     outcome.recall!.rate    // 0.4
public struct Trial: Codable, Hashable, Sendable, CustomStringConvertible {
  public let workload: Workload
  public let layout: Layout
  public let seed: UInt64
  public let steps: Int

  /// - Parameter steps: how long to train; as long as the workload takes by default.
  public init(_ workload: Workload, _ layout: Layout, seed: UInt64, steps: Int? = nil) {
    self.workload = workload
    self.layout = layout
    self.seed = seed
    self.steps = steps ?? workload.steps
  }

  public var description: String { "\(workload) \(layout), seed \(seed)" }

  /// Trains and examines the model.
  ///
  /// - Parameter onStep: called after each step.
  public func run(onStep: (Trainer.Report) -> Void = { _ in }) throws -> Outcome {
    let model = try model()
    var options = Trainer.Options(steps: steps, learningRate: 3e-3)
    options.schedule = .cosine(warmup: 50)
    let trainer = Trainer(
      model, options, hooks: layout.balance.hooks(for: model), batch: workload.reading(seed: seed))
    var snapshots: [Outcome.Snapshot] = []
    var tokens = 0
    let time = try ContinuousClock().measure {
      try trainer.run { report in
        tokens += report.tokens
        if report.step % max(1, steps / 50) == 0 { snapshots.append(.init(report.step, model)) }
        onStep(report)
        return true
      }
    }
    var outcome = Outcome(
      loss: 0, parameters: model.parameterCount, activeParameters: model.activeParameterCount,
      tokensPerSecond: Double(tokens) / (time / .seconds(1)))
    outcome.routing = snapshots
    let dropped = model.mixtures.compactMap(\.ledger.latest?.droppedFraction)
    outcome.droppedFraction = dropped.reduce(0, +) / Double(max(1, dropped.count))
    examine(model, &outcome)
    return outcome
  }

  /// The model before its first step.
  public func model() throws -> Transformer {
    let width = workload.feedForwardWidth
    guard let mixture = layout.mixture(workload, seed: seed) else {
      let factor = layout == .wide ? Workload.experts / workload.expertsPerToken : 1
      return Transformer(workload.configuration(feedForwardWidth: factor * width), seed: seed)
    }
    return try Transformer(
      workload.configuration(feedForwardWidth: width), mixture: mixture, seed: seed)
  }

  private func examine(_ model: Transformer, _ outcome: inout Outcome) {
    switch workload {
    case .recall:
      let recall = Workload.phoneBook(seed: seed).recall { model(Passage($0, lengths: $1)).floats }
      outcome.loss = recall.natsPerNumber
      outcome.recall = recall
    case .text:
      let corpus = DomainCorpus(seed: seed, split: .validation)
      let documents = (0..<128).map { corpus[$0] }
      let passage = Passage(
        documents.flatMap { $0.tokens.dropLast() }, lengths: documents.map { $0.tokens.count - 1 })
      let targets = documents.flatMap { $0.tokens.dropFirst() }
      outcome.loss = Double(model(passage).crossEntropy(targets).scalar)
      let domains = documents.flatMap { Array(repeating: $0.domain, count: $0.tokens.count - 1) }
      outcome.specialties = model.mixtures.map { mixture in
        Outcome.Specialty(
          experts: mixture.ledger.latest!.firstChoices, of: mixture.experts.count,
          tokens: passage.tokens, domains: domains)
      }
    }
  }
}
