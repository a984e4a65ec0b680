import Kernels
import Tensors
import Transformer

extension Router {
  /// The controls: experts drawn by chance, or given by the token, all with a weight of 1 / k.
  ///
  /// Random routing draws anew for each token of each training step. Outside of training the draw is
  /// a function of the token and its position, so that a token alone gets what it gets in a batch.
  func fixedRouting(_ passage: Passage) -> Routing {
    let k = configuration.expertsPerToken
    var choices: [Int32] = []
    choices.reserveCapacity(passage.tokens.count * k)
    let root = Generator(seed: configuration.seed).stream(UInt64(layer))
    var token = 0
    for (sequence, length) in passage.lengths.enumerated() {
      for _ in 0..<length {
        let identity = UInt64(passage.tokens[token])
        let position = UInt64(passage.positions[token])
        var random =
          switch (configuration.selection, passage.training) {
          case (.hash, _): root.stream(0, identity)
          case (_, nil): root.stream(1, identity, position)
          case (_, let training?):
            root.stream(
              2, UInt64(training.step), UInt64(training.firstSequence + sequence), position)
          }
        choices += random.sample(k, below: configuration.experts)
        token += 1
      }
    }
    return Routing(
      logits: nil, score: configuration.score, experts: configuration.experts, slots: k,
      choices: choices, served: choices,
      weights: Tensor([passage.tokens.count, k], repeating: 1 / Float(k)))
  }
}

extension Generator {
  /// `k` different numbers below `count`, in random order.
  fileprivate mutating func sample(_ k: Int, below count: Int) -> [Int32] {
    var sample: [Int32] = []
    while sample.count < k {
      let number = Int32(uniform(below: count))
      if !sample.contains(number) { sample.append(number) }
    }
    return sample
  }
}
