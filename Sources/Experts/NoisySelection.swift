import Kernels
import Tensors
import Transformer

extension Router {
  /// The logits, with noise while training if there is to be any.
  ///
  /// The noise of a token is keyed by the step, its sequence in the batch and its position: a batch
  /// in other pieces, or a run that was resumed, gets the same.
  func noisy(_ logits: Tensor, _ passage: Passage) -> Tensor {
    guard configuration.noise > 0, let training = passage.training else { return logits }
    var noise: [Float] = []
    noise.reserveCapacity(logits.shape.count)
    let root = Generator(seed: configuration.seed)
      .stream(UInt64(layer), 3, UInt64(training.step))
    var token = 0
    for (sequence, length) in passage.lengths.enumerated() {
      let stream = root.stream(UInt64(training.firstSequence + sequence))
      for _ in 0..<length {
        var random = stream.stream(UInt64(passage.positions[token]))
        for _ in 0..<configuration.experts { noise.append(configuration.noise * random.normal()) }
        token += 1
      }
    }
    return logits + Tensor(logits.shape, noise)
  }
}
