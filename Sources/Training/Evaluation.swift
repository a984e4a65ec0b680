import Tensors
import Transformer

extension Trainer {
  /// The mean surprisal in nats of all tokens of `examples` that are to be learned, without learning
  /// them; nil if there is none.
  ///
  /// It is one sum over the tokens, first to last, however many go through the model at once, so
  /// `tokensAtOnce` changes no bit of it.
  public func loss(on examples: [Example]) -> Double? {
    let learned = examples.reduce(0) { $0 + $1.learned }
    if learned == 0 { return nil }
    var sum = 0.0
    for piece in pieces(of: examples) {
      let (logits, targets) = logits(of: piece)
      for surprisal in logits.surprisals(targets).floats { sum += Double(surprisal) }
    }
    return sum / Double(learned)
  }

  /// How many of the tokens of `examples` that are to be learned the model guesses right, and how
  /// sure it is; nil if there is none.
  public func predictions(on examples: [Example]) -> Predictions? {
    if !examples.contains(where: { $0.learned > 0 }) { return nil }
    var predictions = Predictions()
    for piece in pieces(of: examples) {
      let (logits, targets) = logits(of: piece)
      predictions.add(logits, targets)
    }
    return predictions
  }

  /// The logits `[tokens, vocabulary]` of what follows each input token of some examples, and what
  /// does follow; −1 where that is given.
  ///
  /// - Parameter training: the place in the run, if the examples are read to learn from them.
  func logits(
    of examples: ArraySlice<Example>, training: Passage.Training? = nil
  ) -> (logits: Tensor, targets: [Int32]) {
    var passage = Passage(
      examples.flatMap(\.inputs), lengths: examples.map { $0.tokens.count - 1 })
    passage.training = training
    return (model(passage), examples.flatMap(\.targets))
  }

  /// The examples in runs of at most `tokensAtOnce` tokens, without those that teach nothing.
  func pieces(of examples: [Example]) -> [ArraySlice<Example>] {
    examples.filter { $0.learned > 0 }
      .pieces(ofAtMost: options.tokensAtOnce) { $0.tokens.count }
  }
}
