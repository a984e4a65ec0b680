import Foundation
import Kernels
import Scratch
import StrictJSON
import Tensors
import Testing
import Training
import Transformer

@testable import Reinforcement

private typealias EchoTrainer = ReinforcementTrainer<Echo>

private func options(_ steps: Int = 6) -> ReinforcementOptions {
  var options = ReinforcementOptions(steps: steps, learningRate: 1e-2, limit: 8)
  options.prompts = 3
  options.groupSize = 4
  options.saveEvery = 2
  return options
}

/// The relatives of GRPO, as other parts in the same places.
private let methods: [String: @Sendable (inout ReinforcementOptions) -> Void] = [
  "GRPO": { $0.loss.aggregation = .sequences },
  "Dr. GRPO": {
    $0.credit = .advantage(.drGRPO)
    $0.loss.aggregation = .constant(length: 8)
  },
  "DAPO": {
    $0.loss.clipping = .higher
    $0.extraRounds = 1
    $0.updates = 2
  },
  "GSPO": {
    $0.loss = PolicyLoss(ratio: .sequence, clipping: .sequence, aggregation: .sequences)
  },
  "RLOO": { $0.credit = .advantage(.rloo) },
  "REINFORCE": {
    $0.credit = .advantage(.reinforce)
    $0.prompts = 64
    $0.groupSize = 1
  },
  "RAFT": { $0.credit = .accepted(atLeast: 0.5) },
]

private func trainer(
  _ options: ReinforcementOptions, _ model: Transformer = Class.model(),
  _ rewards: [(any Reward<Echo>, Double)] = [(Class.reward, 1)],
  exercises: [Echo] = Class.exercises,
  reference: Transformer? = nil
) throws(ReinforcementError) -> EchoTrainer {
  try ReinforcementTrainer(
    model, tokenizer: Class.tokenizer, exercises: exercises, judge: Judge(rewards),
    reference: reference, options)
}

/// A run from a fresh model, or from the state that it left.
private func run(
  _ options: ReinforcementOptions, threads: Int = 2, until stop: Int = .max
) throws -> (weights: [Float], reports: [ReinforcementReport]) {
  try Parallel.$threads.withValue(threads) {
    let trainer = try trainer(options)
    var reports: [ReinforcementReport] = []
    try trainer.run { report, _ in
      reports.append(report)
      return report.step < stop
    }
    return (Class.weights(trainer.model), reports)
  }
}

extension Scratch {
  /// The lines of a file.
  fileprivate func lines(_ name: String) throws -> [String] {
    try String(contentsOf: url.appending(path: name), encoding: .utf8)
      .split(separator: "\n").map(String.init)
  }
}

@Suite struct ReinforcementTrainerTests {
  @Test(arguments: methods.keys.sorted())
  func `what is paid becomes more frequent`(_ method: String) throws {
    var options = options(30)
    options.prompts = 8
    options.groupSize = 8
    options.learningRate = 2e-2
    methods[method]!(&options)
    let rewards = try run(options).reports.map { $0["reward"]! }
    let (early, late) = (rewards.prefix(5).reduce(0, +) / 5, rewards.suffix(5).reduce(0, +) / 5)
    #expect(early < 0.4 && late > 2 * early)
  }

  @Test func `on the first update the ratio is exactly 1`() throws {
    var options = options(3)
    options.updates = 2
    for report in try run(options).reports {
      #expect(report["sampling/sampling_logp_difference/max"] == 0)
      #expect(report["sampling/importance_sampling_ratio/min"] == 1)
      #expect(report["sampling/importance_sampling_ratio/max"] == 1)
    }
  }

  @Test(arguments: [1, 3])
  func `the same bits on any number of threads`(_ threads: Int) throws {
    let two = try run(options())
    let other = try run(options(), threads: threads)
    #expect(other.weights == two.weights && other.reports == two.reports)
  }

  @Test(arguments: [1, 30, 100])
  func `the same bits in pieces of any size`(_ tokens: Int) throws {
    var options = options()
    options.loss.ratio = .sequence
    options.loss.aggregation = .sequences
    let whole = try run(options)
    options.tokensAtOnce = tokens
    options.rollouts.atOnce = 5
    #expect(try run(options).weights == whole.weights)
  }

  @Test(arguments: [1, 3, 4])
  func `a run that was stopped goes on as if it had not been`(_ stop: Int) throws {
    let folder = try Scratch()
    var options = options()
    options.updates = 2
    options.extraRounds = 1
    options.schedule = .cosine(warmup: 2)
    options.metricsFile = folder.url.appending(path: "whole.jsonl")
    let whole = try run(options)
    options.stateFile = folder.url.appending(path: "state.safetensors")
    options.metricsFile = folder.url.appending(path: "parts.jsonl")
    options.completionsFile = folder.url.appending(path: "completions.jsonl")
    let first = try run(options, until: stop)
    for file in [options.metricsFile, options.completionsFile] { waitForLock(of: file!) }
    let second = try run(options)
    #expect(first.reports + second.reports == whole.reports)
    #expect(second.weights == whole.weights)
    #expect(try folder.lines("parts.jsonl") == folder.lines("whole.jsonl"))
    let completions = try folder.lines("completions.jsonl")
    #expect(completions.count >= 6 * 3 * 4)

    options.loss.clipping = .higher
    let error = #expect(throws: ReinforcementError.self) { try run(options) }
    #expect(error?.description.contains("whose loss is") == true)
  }

  @Test func `metrics have TRL's names, and completions their rewards and advantages`() throws {
    let folder = try Scratch()
    var options = options(1)
    options.metricsFile = folder.url.appending(path: "metrics.jsonl")
    options.completionsFile = folder.url.appending(path: "completions.jsonl")
    try trainer(options, reference: Class.model()).run()
    let metrics = try JSON(parsing: Array(folder.lines("metrics.jsonl")[0].utf8))
    for name in [
      "step", "loss", "grad_norm", "learning_rate", "num_tokens", "reward", "reward_std",
      "frac_reward_zero_std", "rewards/letters/mean", "rewards/letters/std", "kl", "entropy",
      "clip_ratio/low_mean", "clip_ratio/low_min", "clip_ratio/high_mean", "clip_ratio/high_max",
      "clip_ratio/region_mean", "completions/mean_length", "completions/min_length",
      "completions/max_length", "completions/clipped_ratio",
      "sampling/sampling_logp_difference/mean", "sampling/importance_sampling_ratio/mean",
    ] { #expect(metrics[name] != nil, "\(name)") }
    let lines = try folder.lines("completions.jsonl")
    #expect(lines.count == 12)
    for line in lines {
      let sample = try JSON(parsing: Array(line.utf8))
      guard case .string(let prompt)? = sample["prompt"], case .string? = sample["completion"],
        case .number? = sample["letters"], case .number? = sample["reward"],
        case .number? = sample["advantage"]
      else {
        Issue.record("\(line)")
        continue
      }
      #expect(prompt.hasPrefix("say "))
    }
  }

  @Test func `where all rewards are equal nothing moves, and the report says so`() throws {
    for reward in [0, 0.1, 1] {
      let same = ScoredReward<Echo>("same") { _, _ in reward }
      var options = options(2)
      options.weightDecay = 0.1
      let trainer = try trainer(options, Class.model(), [(same, 1)])
      let before = Class.weights(trainer.model)
      try trainer.run { report, groups in
        #expect(report["frac_reward_zero_std"] == 1 && report["updates"] == 0)
        #expect(report.notice?.contains("earned the same") == true)
        #expect(report["reward"] == reward && report["reward_std"] == 0)
        #expect(groups.flatMap(\.samples).allSatisfy { $0.advantage == 0 })
        #expect(!report.json.contains("null") && !report.json.contains("nan"))
        return true
      }
      #expect(Class.weights(trainer.model) == before)
    }
  }

  @Test func `a reward that breaks costs no step that was taken`() throws {
    let folder = try Scratch()
    var options = options()
    let whole = try run(options)
    options.stateFile = folder.url.appending(path: "state.safetensors")
    options.saveEvery = 100
    let calls = Counter()
    let breaking = ScoredReward<Echo>("letters") { text, echo in
      calls.count += 1
      return calls.count == 4 * 12 + 5 ? .nan : try Class.reward.score(text, of: echo)
    }
    let first = try trainer(options, Class.model(), [(breaking, 1)])
    let error = try #require(throws: ReinforcementError.self) { try first.run() }
    guard case .reward(let reward, step: 4) = error else { throw error }
    #expect(reward.reward == "letters" && reward.prompt.hasPrefix("say "))
    #expect(try run(options).weights == whole.weights)
  }

  @Test func `groups without differences are replaced while there are rounds`() throws {
    // Of eight prompts only one can be paid differently.
    let picky = ScoredReward<Echo>("picky") { text, echo in
      echo.letter == "c" ? Double(text.utf8.first ?? 0) / 256 : 0
    }
    var options = options(4)
    func reports(_ rounds: Int?) throws -> [(informative: Int, learned: Int, sampled: Int)] {
      options.extraRounds = rounds
      var found: [(informative: Int, learned: Int, sampled: Int)] = []
      try trainer(options, Class.model(), [(picky, 1)]).run { _, groups in
        found.append(
          (
            groups.count(where: \.isInformative),
            groups.count { $0.samples.contains { $0.advantage != nil } }, groups.count
          ))
        return true
      }
      return found
    }
    #expect(try reports(nil).allSatisfy { $0.sampled == 3 && $0.learned == 3 })
    #expect(try reports(0).allSatisfy { $0.sampled == 3 && $0.learned == $0.informative })
    let many = try reports(20)
    #expect(many.allSatisfy { $0.learned == min(3, $0.informative) })
    #expect(many.allSatisfy { $0.learned == 3 && $0.sampled > 3 })
  }

  /// With a pull of no strength every completion is learned from, those without an advantage too.
  @Test func `completions without an advantage add nothing to the gradient`() throws {
    let picky = ScoredReward<Echo>("picky") { text, echo in
      echo.letter < "e" ? Double(text.utf8.first ?? 0) / 256 : 0
    }
    var options = options(4)
    options.prompts = 6
    options.updates = 2
    func weights() throws -> [Float] {
      let reference = options.loss.divergence.map { _ in Class.model() }
      let trainer = try trainer(options, Class.model(), [(picky, 1)], reference: reference)
      var silent = 0
      try trainer.run { _, groups in
        silent += groups.count { !$0.isInformative }
        return true
      }
      #expect(silent > 4)
      return Class.weights(trainer.model)
    }
    let some = try weights()
    options.loss.divergence = Divergence(weight: 0)
    #expect(try weights() == some)
  }

  /// With one update for each batch the ratio is 1, so no limit, of whichever kind, changes a bit.
  @Test func `all forms of clipping and ratio are one run`() throws {
    let plain = try run(options())
    for clipping in [Clipping.none, .higher, Clipping(low: 0.2, high: 0.2, dual: 3)] {
      for ratio in [PolicyLoss.Ratio.token, .sequence] {
        var options = options()
        options.loss = PolicyLoss(ratio: ratio, clipping: clipping)
        #expect(try run(options).weights == plain.weights)
      }
    }
    var twice = options()
    twice.updates = 2
    let symmetric = try run(twice)
    twice.loss.clipping = Clipping(low: 0, high: 0)
    #expect(try run(twice).weights != symmetric.weights)
    #expect(symmetric.reports != plain.reports)
  }

  @Test func `rejection sampling imitates what is good enough and ignores the rest`() throws {
    var options = options(1)
    options.credit = .accepted(atLeast: 0.3)
    options.prompts = 8
    let trainer = try trainer(options)
    let (report, groups) = try trainer.takeStep()
    for sample in groups.flatMap(\.samples) {
      #expect(sample.advantage == (sample.reward >= 0.3 ? 1 : nil))
    }
    // −1 for the mean token, with a ratio of 1.
    #expect(abs(try #require(report["loss"]) + 1) < 1e-12)
  }

  @Test func `a divergence holds the policy at its reference`() throws {
    var options = options(12)
    options.prompts = 8
    func divergence(weight: Double) throws -> Double {
      options.loss.divergence = weight == 0 ? nil : Divergence(.k2, weight: weight)
      let trainer = try trainer(options, Class.model(), reference: Class.model())
      var last = 0.0
      try trainer.run { report, _ in
        last = report["kl"] ?? last
        return true
      }
      return last
    }
    let (free, held) = (try divergence(weight: 0), try divergence(weight: 10))
    #expect(free > 0 && held < 0.5 * free)
  }

  @Test func `long completions are punished, and truncated ones left out, if asked`() throws {
    var options = options(1)
    options.prompts = 8
    options.overlong = Overlong(skipsTruncated: true, punishment: (limit: 7, margin: 4))
    let groups = try trainer(options).takeStep().groups
    for sample in groups.flatMap(\.samples) {
      let length = sample.rollout.tokens.count
      #expect(sample.reward == sample.scores[0] + options.overlong.reward(length: length))
      #expect((sample.advantage == nil) == sample.rollout.isTruncated)
    }
  }

  @Test func `only the parameters that are given learn`() throws {
    let model = Class.model()
    let before = Class.weights(model)
    let own = Parameters()
    own.add("unused", Tensor([1, 2, 3]))
    let trainer = try ReinforcementTrainer(
      model, parameters: own, tokenizer: Class.tokenizer, exercises: Class.exercises,
      judge: Judge([(Class.reward, 1)]), options(2))
    try trainer.run()
    #expect(Class.weights(model) == before)
    #expect(trainer.step == 2)
  }

  @Test func `exercises that cannot be used are named`() throws {
    struct Long: Exercise { let prompt = String(repeating: "x", count: 40) }
    let any = ScoredReward<Long>("any") { _, _ in 0 }
    let error = #expect(throws: ReinforcementError.self) {
      try ReinforcementTrainer(
        Class.model(), tokenizer: Class.tokenizer, exercises: [Long()], judge: Judge([(any, 1)]),
        options())
    }
    #expect(error?.description.contains("has 40 tokens; it needs 1 to 39") == true)
    #expect(throws: ReinforcementError.exercises("there are no exercises")) {
      try trainer(options(), exercises: [])
    }
  }

  @Test func `an exploding run says where`() throws {
    let model = Class.model()
    let trainer = try trainer(options(), model)
    let parameter = model.parameters.all[3]
    parameter.set(Tensor(parameter.shape, repeating: .infinity))
    let error = #expect(throws: ReinforcementError.self) { try trainer.run() }
    #expect(error?.description.contains("step 0: the probability of a written token") == true)
  }
}

/// Counts on the one thread on which rewards run.
private final class Counter: @unchecked Sendable { var count = 0 }
