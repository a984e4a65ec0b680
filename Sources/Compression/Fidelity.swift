import Kernels
import Tensors
import Training
import Transformer

/// How near a compressed model is to the one it was made from, token by token of texts that neither has
/// learned.
///
/// A loss may stay while a model says something else: answers that become wrong are made up for by
/// answers that become right. So the distributions are compared as well, and the difference of the losses
/// is taken pair by pair, whose interval is far narrower than that of either loss.
public struct Fidelity: Equatable, Codable, Sendable {
  /// How many tokens were compared.
  public let tokens: Int

  /// The mean surprisal of the original and of the compressed model, in nats.
  public let originalLoss, loss: Double

  /// The mean of `KL(original ‖ compressed)` over tokens, in nats.
  public let divergence: Double

  /// How often both hold the same token likeliest.
  public let agreement: Double

  /// An interval that holds the difference of the losses with 95 % confidence: the middle 95 % of its
  /// mean over texts that are drawn anew with replacement (paired bootstrap: Efron 1979).
  public let interval: ClosedRange<Double>

  /// How much more the compressed model is surprised, in nats.
  public var lossDifference: Double { loss - originalLoss }

  /// - Parameters:
  ///   - examples: at least one token of them is to be learned.
  ///   - resamples: how many times texts are drawn anew.
  public init(
    of compressed: Transformer, to original: Transformer, on examples: [Example],
    resamples: Int = 1000, seed: UInt64 = 1
  ) {
    let examples = examples.filter { $0.learned > 0 }
    require(!examples.isEmpty, "fidelity: no token of the examples is to be learned")
    let vocabularies = [original, compressed].map(\.configuration.vocabulary)
    require(
      vocabularies[0] == vocabularies[1],
      "fidelity: models of \(vocabularies) tokens cannot be compared")
    var (before, after, divergence, same) = (0.0, 0.0, 0.0, 0)
    var texts: [(difference: Double, tokens: Int)] = []
    for example in examples {
      let (theirs, targets) = original.lessons(of: [example])
      let ours = compressed.lessons(of: [example]).logits
      let was = theirs.surprisals(targets).floats.reduce(0) { $0 + Double($1) }
      let now = ours.surprisals(targets).floats.reduce(0) { $0 + Double($1) }
      let p = theirs.softmax().floats
      let (a, b) = (theirs.floats, ours.floats)
      let (aSums, bSums) = (theirs.logSumExp().floats, ours.logSumExp().floats)
      let width = theirs.shape.width
      for row in targets.indices {
        let range = row * width..<(row + 1) * width
        for place in range {
          divergence += Double(p[place] * ((a[place] - aSums[row]) - (b[place] - bSums[row])))
        }
        same += likeliest(a[range]) == likeliest(b[range]) ? 1 : 0
      }
      before += was
      after += now
      texts.append((now - was, targets.count))
    }
    tokens = texts.reduce(0) { $0 + $1.tokens }
    originalLoss = before / Double(tokens)
    loss = after / Double(tokens)
    self.divergence = divergence / Double(tokens)
    agreement = Double(same) / Double(tokens)
    var generator = Generator(seed: seed)
    let means = (0..<resamples).map { _ in
      var (sum, count) = (0.0, 0)
      for _ in texts.indices {
        let text = texts[generator.uniform(below: texts.count)]
        sum += text.difference
        count += text.tokens
      }
      return sum / Double(count)
    }.sorted()
    interval = means[resamples / 40]...means[resamples - 1 - resamples / 40]
  }
}

/// The place of the largest number, of equal ones the first.
private func likeliest(_ logits: ArraySlice<Float>) -> Int {
  var best = logits.startIndex
  for place in logits.indices where logits[place] > logits[best] { best = place }
  return best - logits.startIndex
}
