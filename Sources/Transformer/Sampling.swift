import Kernels

/// How the next token is chosen from its logits.
///
/// The steps are taken in this order, each optional: a penalty on repeated tokens, the temperature,
/// then the three ways to cut off unlikely tokens, and one draw from what is left.
public struct Sampling: Equatable, Sendable {
  /// Divides the logits: below 1 the likely become likelier, and 0 always takes the likeliest
  /// (**greedy** decoding, ties to the lowest token).
  public var temperature: Float = 1

  /// Keeps the `k` likeliest tokens (Fan et al. 2018, arXiv:1805.04833).
  public var topK: Int?

  /// Keeps the likeliest tokens up to this total probability: the nucleus (Holtzman et al. 2019,
  /// arXiv:1904.09751).
  public var topP: Float?

  /// Keeps tokens at least this likely relative to the likeliest (Nguyen et al. 2024,
  /// arXiv:2407.01082).
  public var minP: Float?

  /// Divides the positive logits, and multiplies the negative ones, of tokens that have occurred
  /// already (Keskar et al. 2019, arXiv:1909.05858).
  public var repetitionPenalty: Float = 1

  public init(
    temperature: Float = 1, topK: Int? = nil, topP: Float? = nil, minP: Float? = nil,
    repetitionPenalty: Float = 1
  ) {
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.minP = minP
    self.repetitionPenalty = repetitionPenalty
  }

  /// Always the likeliest token.
  public static let greedy = Sampling(temperature: 0)

  /// Draws the next token.
  ///
  /// - Parameters:
  ///   - logits: `[vocabulary]`; overwritten.
  ///   - history: the tokens so far, for the repetition penalty.
  ///   - uniform: a random number in `0..<1`, which decides the draw.
  func draw(
    from logits: UnsafeMutableBufferPointer<Float>, history: [Int32], uniform: Float
  ) -> Int32 {
    if repetitionPenalty != 1 {
      for token in Set(history) {
        let logit = logits[Int(token)]
        logits[Int(token)] = logit > 0 ? logit / repetitionPenalty : logit * repetitionPenalty
      }
    }
    var likeliest = 0
    for token in logits.indices where logits[token] > logits[likeliest] { likeliest = token }
    if temperature == 0 { return Int32(likeliest) }
    let top = logits[likeliest]
    for token in logits.indices { logits[token] = (logits[token] - top) / temperature }
    exponential(logits.baseAddress!, into: logits.baseAddress!, count: logits.count)
    cut(logits)
    return choose(from: logits, uniform: uniform, otherwise: likeliest)
  }

  /// Sets the weights of tokens that are cut off to zero.
  private func cut(_ weights: UnsafeMutableBufferPointer<Float>) {
    guard topK != nil || topP != nil || minP != nil else { return }
    // Likeliest first; equal weights in the order of their tokens, so that a tie is no accident.
    let ranked = weights.indices.sorted { (weights[$1], $0) < (weights[$0], $1) }
    var kept = min(topK ?? ranked.count, ranked.count)
    if let topP {
      let total = ranked.reduce(0) { $0 + Double(weights[$1]) }
      var sum = 0.0
      var nucleus = 0
      while nucleus < ranked.count && sum < Double(topP) * total {
        sum += Double(weights[ranked[nucleus]])
        nucleus += 1
      }
      kept = min(kept, nucleus)
    }
    if let minP {
      kept = min(kept, ranked.firstIndex { weights[$0] < minP } ?? ranked.count)
    }
    for token in ranked[max(1, kept)...] { weights[token] = 0 }
  }

  /// The token at which the running sum of weights passes `uniform` of their total.
  private func choose(
    from weights: UnsafeMutableBufferPointer<Float>, uniform: Float, otherwise: Int
  ) -> Int32 {
    var total = 0.0
    for weight in weights { total += Double(weight) }
    var rest = Double(uniform) * total
    for token in weights.indices where weights[token] > 0 {
      rest -= Double(weights[token])
      if rest < 0 { return Int32(token) }
    }
    return Int32(otherwise)
  }
}
