import Tensors
import Training
import Transformer

extension Transformer {
  /// How surprising each token that is learned in `examples` is, in nats, in their order.
  public func surprisals(of examples: [Example]) -> [Double] {
    examples.flatMap { example in
      let (logits, targets) = lesson(example)
      return logits.surprisals(targets).floats.map(Double.init)
    }
  }

  /// How surprising a token that is learned in `examples` is on average, in nats; 0 if there is none.
  public func meanSurprisal(on examples: [Example]) -> Double {
    let surprisals = surprisals(of: examples)
    return surprisals.reduce(0, +) / Double(max(1, surprisals.count))
  }

  /// The logits `[learned, vocabulary]` of what an example is to teach, and what does follow.
  func lesson(_ example: Example) -> (logits: Tensor, targets: [Int32]) {
    if example.learned == 0 {
      return (Tensor([0, configuration.vocabulary], []), [])
    }
    let inputs = Array(example.tokens.dropLast())
    let hidden = hidden(Passage(inputs, lengths: [inputs.count]))
    let places = example.lessons.joined()
    return (
      logits(of: hidden.rows(places.map { Int32($0 - 1) })), places.map { example.tokens[$0] }
    )
  }
}
