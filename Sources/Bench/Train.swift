import ArgumentParser
import Experts
import Foundation
import Kernels
import Programs
import Training
import Transformer

/// What a training step costs.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Training steps, in tokens a second, and as a share of the product's speed.",
    discussion: """
      train.N is a whole step of size N: forward, backward, clipping and AdamW. train.N-peak is \
      the floating-point operations of its products and its attention, by time, with the speed of \
      a 1024 × 1024 product as its reference.
      """)

  @Option(help: "One size: S, M or L. Without it, S and M.")
  var size: String?

  @Flag(help: "With eight experts in each layer, of which each token visits two.")
  var experts = false

  @Option(help: "How many tokens go through the model at once; fewer take less memory.")
  var tokensAtOnce = 512

  @Option(help: "For how long each size is measured, in seconds.")
  var seconds = 3.0

  func validate() throws {
    try check("--seconds", seconds, in: 0...longest)
    try check("--tokens-at-once", tokensAtOnce, in: 1...1 << 20)
  }

  func run() throws {
    let sizes = size.map { [$0] } ?? ["S", "M"]
    for name in sizes {
      guard let size = ModelSize(rawValue: name) else {
        throw ValidationError("there is no size \(name); the sizes are S, M and L")
      }
      try measure(size)
    }
  }

  private func measure(_ size: ModelSize) throws {
    let (sequences, length) = size.batch
    let examples = size.examples
    var options = Trainer.Options(steps: .max, learningRate: 1e-3)
    options.tokensAtOnce = tokensAtOnce
    let model = try size.model(isMixture: experts)
    let trainer = Trainer(model, options) { _ in examples }
    let step = { _ = try! trainer.takeStep() }
    step()
    var times: [Double] = []
    let end = ContinuousClock.now + .seconds(seconds)
    while times.count < 3 || ContinuousClock.now < end {
      times.append(ContinuousClock().measure(step).seconds)
    }
    let time = times.sorted()[times.count / 2]
    let name = "train.\(size.rawValue)\(experts ? "-experts" : "")"
    Line(name: name, value: Double(sequences * length) / time, unit: "tokens/s").print()
    let operations = (0..<length).reduce(0) {
      $0 + model.activeForwardOperations(position: $1)
    }
    Line(
      name: "\(name)-peak", value: 3 * Double(sequences * operations) / time / 1e9,
      unit: "GFLOP/s", reference: ("a product of 1024 × 1024", productSpeed())
    ).print()
  }

  /// GFLOP/s of a large square product, on all threads.
  private func productSpeed() -> Double {
    let n = 1024
    let (a, b, c) = (Floats(n * n), Floats(n * n), Floats(n * n))
    let time = medians([
      {
        multiply(
          Matrix(a.base, rows: n, columns: n), Matrix(b.base, rows: n, columns: n),
          into: Matrix(c.base, rows: n, columns: n))
      }
    ])[0]
    return 2 * Double(n * n * n) / time / 1e9
  }
}

extension Duration {
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
