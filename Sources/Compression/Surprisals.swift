import Tensors
import Training
import Transformer

extension Transformer {
  /// How surprising each token that is learned in `examples` is, in nats, in their order.
  public func surprisals(of examples: [Example]) -> [Double] {
    examples.flatMap { example in
      let (logits, targets) = lessons(of: [example])
      return logits.surprisals(targets).floats.map(Double.init)
    }
  }

  /// How surprising a token that is learned in `examples` is on average, in nats; 0 if there is none.
  public func meanSurprisal(on examples: [Example]) -> Double {
    let surprisals = surprisals(of: examples)
    return surprisals.reduce(0, +) / Double(max(1, surprisals.count))
  }
}
