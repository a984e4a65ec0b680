import Kernels
import Tensors
import Training
import Transformer

/// The completions of a step that are learned from, those without an advantage last.
///
/// Without a pull towards a reference these last have a gradient of zeros, so they are only read, for
/// the report: where a third of the prompts earn the same for all their texts, that saves a quarter
/// of the learning, and changes no bit of the gradient.
struct Batch {
  let rollouts: [Rollout]
  let advantages: [Double]

  /// Which of them have an advantage.
  let telling: Range<Int>

  init(_ groups: [SampleGroup<some Exercise>]) {
    let learned = groups.flatMap(\.samples).filter { $0.advantage != nil }
    let ordered = learned.filter { $0.advantage != 0 } + learned.filter { $0.advantage == 0 }
    rollouts = ordered.map(\.rollout)
    advantages = ordered.map { $0.advantage! }
    telling = 0..<ordered.count { $0.advantage != 0 }
  }

  /// The rollouts in runs of at most so many tokens, or of one, all with an advantage or all without.
  func pieces(tokens limit: Int) -> [Range<Int>] {
    [rollouts[telling], rollouts[telling.upperBound...]].flatMap {
      $0.pieces(ofAtMost: limit) { $0.prompt.count + $0.tokens.count }.map(\.indices)
    }
  }
}

/// What one step of the optimiser was like.
struct UpdateOutcome {
  var loss = 0.0
  var gradientNorm = 0.0
  var tokens = 0

  /// For each token the difference between the log-probability that is read and the one with which
  /// it was written.
  var differences: [Double] = []

  /// Sums over the tokens.
  var entropy = 0.0
  var divergence = 0.0
  var heldLow = 0
  var heldHigh = 0
}

extension ReinforcementTrainer {
  /// The log-probability of each token of each rollout under a model that does not learn.
  func logProbabilities(of batch: Batch, under model: Transformer) -> [[Double]] {
    batch.pieces(tokens: options.tokensAtOnce).flatMap { piece in
      let surprisals = Reading(batch.rollouts[piece], by: model).surprisals.floats
      return split(surprisals, as: batch.rollouts[piece]).map { $0.map { -Double($0) } }
    }
  }

  /// One step of the optimiser on the whole batch.
  func learn(
    from batch: Batch, references: [[Double]]?, learningRate: Double
  ) throws(ReinforcementError) -> UpdateOutcome {
    parameters.zeroGradients()
    let weights = options.loss.aggregation.weights(of: batch.rollouts.map(\.tokens.count))
    var outcome = UpdateOutcome()
    func loss(of piece: Range<Int>) -> Tensor {
      let reading = Reading(batch.rollouts[piece], by: model)
      let surprisals = reading.surprisals.floats
      guard surprisals.allSatisfy(\.isFinite) else {
        outcome.loss = .nan
        return reading.surprisals.sum()
      }
      outcome.entropy += reading.entropy
      var slopes: [Float] = []
      for (index, own) in zip(piece, split(surprisals, as: batch.rollouts[piece])) {
        let policy = own.map { -Double($0) }
        let old = batch.rollouts[index].logProbabilities.map(Double.init)
        let part = options.loss(
          policy: policy, old: old, reference: references?[index],
          advantage: batch.advantages[index], weight: weights[index])
        // By the surprisal, which is −log p.
        slopes += part.slopes.map { Float(-$0) }
        outcome.add(part, differences: zip(policy, old).map { $0 - $1 })
      }
      // A function whose slopes by the surprisals are those of the loss: the chain rule needs no
      // more of it, and does the rest.
      return (reading.surprisals * Tensor(slopes)).sum()
    }
    for piece in batch.pieces(tokens: options.tokensAtOnce) {
      if batch.telling.overlaps(piece) || options.loss.divergence != nil {
        valueAndGradient { loss(of: piece) }
      } else {
        _ = loss(of: piece)
      }
    }
    outcome.gradientNorm = parameters.gradientNorm
    guard outcome.loss.isFinite else { throw diverged("the loss") }
    guard outcome.gradientNorm.isFinite else { throw diverged() }
    if outcome.gradientNorm > options.clip {
      parameters.scaleGradients(by: Float(options.clip / outcome.gradientNorm))
    }
    optimizer.learningRate = learningRate
    optimizer.step()
    return outcome
  }

  /// The error that something, a gradient if nothing is named, is not finite any more.
  func diverged(_ culprit: String? = nil) -> ReinforcementError {
    let gradient = parameters.all.first { !$0.gradient.floats.allSatisfy(\.isFinite) }
    let tensor = culprit ?? gradient.map { "the gradient of \($0.name)" } ?? "the gradient"
    return .training(
      .diverged(
        step: step, tensor: tensor,
        resumable: options.stateFile.map { "the last good state is in \($0.path)" }
          ?? "no state was kept"))
  }
}

extension UpdateOutcome {
  fileprivate mutating func add(_ part: PolicyLoss.Part, differences: [Double]) {
    loss += part.loss
    divergence += part.divergence
    heldLow += part.heldLow
    heldHigh += part.heldHigh
    tokens += differences.count
    self.differences += differences
  }
}

/// Numbers of the tokens of all rollouts, rollout by rollout.
private func split(_ numbers: [Float], as rollouts: ArraySlice<Rollout>) -> [ArraySlice<Float>] {
  var start = 0
  return rollouts.map { rollout in
    defer { start += rollout.tokens.count }
    return numbers[start..<start + rollout.tokens.count]
  }
}
