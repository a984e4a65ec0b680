import Tensors
import Transformer

extension Transformer {
  /// The logits `[learned, vocabulary]` of what some examples are to teach, and what does follow. Where
  /// nothing is learned, no logits are computed.
  ///
  /// - Parameter training: the place in the run, if the examples are read to learn from them.
  public func lessons(
    of examples: ArraySlice<Example>, training: Passage.Training? = nil
  ) -> (logits: Tensor, targets: [Int32]) {
    var (places, targets): ([Int32], [Int32]) = ([], [])
    var start = 0
    for example in examples {
      for place in example.lessons.joined() {
        places.append(Int32(start + place - 1))
        targets.append(example.tokens[place])
      }
      start += example.tokens.count - 1
    }
    if places.isEmpty { return (Tensor([0, configuration.vocabulary], []), []) }
    var passage = Passage(
      examples.flatMap(\.inputs), lengths: examples.map { $0.tokens.count - 1 })
    passage.training = training
    return (logits(of: hidden(passage).rows(places)), targets)
  }
}
