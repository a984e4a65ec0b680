import Tensors

/// What a model makes of the tokens that it is to learn, added up over them.
public struct Predictions: Equatable, Sendable {
  /// How many tokens.
  public private(set) var tokens = 0

  /// How many of them were the likeliest.
  public private(set) var hits = 0

  /// The sum of the entropies of the distributions that were predicted, in nats.
  public private(set) var entropies = 0.0

  /// The share of the tokens that were the likeliest; the first of several that are equally likely
  /// counts.
  public var meanTokenAccuracy: Double { Double(hits) / Double(tokens) }

  /// The mean entropy of the predicted distributions, in nats.
  public var entropy: Double { entropies / Double(tokens) }

  /// None yet.
  init() {}

  /// Adds the rows of `logits: [tokens, vocabulary]` that have a target.
  mutating func add(_ logits: Tensor, _ targets: [Int32]) {
    let places = targets.indices.filter { targets[$0] >= 0 }
    let rows = logits.detached.rows(places.map(Int32.init))
    let logSums = rows.logSumExp().floats
    let (probabilities, width) = (rows.softmax(), rows.shape.width)
    rows.withFloats { logits in
      probabilities.withFloats { probabilities in
        for row in places.indices {
          // −Σ p ln p, with ln p = logit − ln Σ exp.
          var (best, mean) = (0, 0.0)
          for column in 0..<width {
            let place = row * width + column
            if logits[place] > logits[row * width + best] { best = column }
            mean += Double(probabilities[place]) * Double(logits[place])
          }
          entropies += Double(logSums[row]) - mean
          hits += best == Int(targets[places[row]]) ? 1 : 0
        }
      }
    }
    tokens += places.count
  }
}
