import Kernels
import Tensors
import Transformer

/// Sets a random share of numbers to zero while training, and enlarges the others so that the mean
/// stays (Srivastava et al. 2014).
///
/// Which ones depends on the seed, the step, the number of the sequence within the step, and the
/// place in the sequence: so a batch in pieces loses the same ones, and so does a resumed run.
struct Dropout {
  let rate: Float
  let stream: Generator

  /// `x: [tokens, width]`, with some numbers missing if a passage is being learned.
  func callAsFunction(_ x: Tensor) -> Tensor {
    guard rate > 0, let passage = Passage.beingLearned, let training = passage.training else {
      return x
    }
    require(
      x.shape.rows == passage.tokens.count,
      """
      dropout: \(x.shape.rows) rows for \(passage.tokens.count) tokens; an expert sees some of the \
      tokens only, and no dropout is possible there
      """)
    return x * mask(for: passage, training, width: x.shape.width)
  }

  /// Zero or `1 / (1 − rate)` for each number of `[tokens, width]`.
  private func mask(
    for passage: Passage, _ training: Passage.Training, width: Int
  ) -> Tensor {
    var factors: [Float] = []
    factors.reserveCapacity(passage.tokens.count * width)
    let enlarged = 1 / (1 - rate)
    for (index, length) in passage.lengths.enumerated() {
      var stream = stream.stream(
        UInt64(training.step), UInt64(training.firstSequence + index))
      let draws = Tensor([length, width], uniform: 0..<1, from: &stream)
      draws.withFloats { draws in
        for place in draws.indices { factors.append(draws[place] < rate ? 0 : enlarged) }
      }
    }
    return Tensor([passage.tokens.count, width], factors)
  }
}
