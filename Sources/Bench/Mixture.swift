import ArgumentParser
import Experts
import Kernels
import Programs
import Training
import Transformer

/// What a mixture of experts costs, beside the dense model of as much work per token.
struct Mixture: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mixture",
    abstract: "Training and decoding with experts, beside a dense model of equal work per token.",
    discussion: """
      Eight experts of half the feed-forward width, of which each token visits two; the yardstick \
      is the dense model of the same size, measured in turn. An expert gets a quarter of the tokens \
      at once, so a mixture needs more of them than a dense model to make good for packing its \
      weights.
      """)

  @Option(help: "The size: S, M or L.")
  var size = "M"

  @Option(help: "How many tokens go through the model at once.")
  var tokensAtOnce = 4096

  @Option(help: "How often each model takes its turn.")
  var rounds = 5

  func validate() throws {
    try check("--rounds", rounds, in: 1...mostRounds)
    try check("--tokens-at-once", tokensAtOnce, in: 1...1 << 20)
  }

  func run() throws {
    guard let size = ModelSize(rawValue: size) else {
      throw ValidationError("there is no size \(size); the sizes are S, M and L")
    }
    let dense = try size.model()
    let sparse = try size.model(isMixture: true)
    let (sequences, length) = size.batch
    let steps = [sparse, dense].map { step(size, $0) }
    report(
      "mixture.\(size.rawValue)-train", Double(sequences * length), "tokens/s",
      medians(rounds: rounds, turn: 0, settling: 0, steps))
    for batch in [1, 64] {
      let writing = [sparse, dense].map { model in
        let writer = Writer(model, limit: 64, batch: batch)
        let prompts = (0..<batch).map { [Int32($0)] }
        return { _ = writer(prompts) }
      }
      report(
        "mixture.\(size.rawValue)-decode-\(batch)", Double(64 * batch), "tokens/s",
        medians(rounds: rounds, turn: 0, settling: 0, writing))
    }
  }

  private func step(_ size: ModelSize, _ model: Transformer) -> () -> Void {
    let examples = size.examples
    var options = Trainer.Options(steps: .max, learningRate: 1e-4)
    options.tokensAtOnce = tokensAtOnce
    let trainer = Trainer(model, options) { _ in examples }
    return { _ = try! trainer.takeStep() }
  }

  private func report(_ name: String, _ work: Double, _ unit: String, _ times: [Double]) {
    Line(
      name: name, value: work / times[0], unit: unit,
      reference: ("the dense model of equal work", work / times[1])
    ).print()
  }
}
