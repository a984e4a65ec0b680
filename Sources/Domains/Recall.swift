import Kernels

/// How much of a phone book a model knows.
public struct Recall: Equatable, Codable, Sendable {
  /// How many entries were asked.
  public let entries: Int

  /// Of these, those whose number the model writes when it always takes the likeliest digit.
  public let recalled: Int

  /// The mean surprisal of a whole number, in nats. A model that knows only that digits follow has
  /// `PhoneBook.natsOfChance`.
  public let natsPerNumber: Double

  /// The share of entries recalled.
  public var rate: Double { Double(recalled) / Double(entries) }
}

extension PhoneBook {
  /// Asks a model for every number of the book.
  ///
  /// Each digit is judged after the true ones before it. A number is recalled if every digit is the
  /// likeliest token at its place, which is when writing by the likeliest token gives the number.
  ///
  ///     let recall = book.recall { model(Passage($0, lengths: $1)).floats }
  ///     recall.rate    // 0.93
  ///
  /// - Parameters:
  ///   - atOnce: how many entries the model is given at a time.
  ///   - logits: the model: tokens of several sequences of the given lengths, in; the logits of
  ///     the token that follows each, `[tokens, vocabulary]`, out.
  public func recall(
    atOnce: Int = 512, logits: (_ tokens: [Int32], _ lengths: [Int]) -> [Float]
  ) -> Recall {
    var recalled = 0
    var sum = 0.0
    for start in stride(from: 0, to: count, by: atOnce) {
      let entries = (start..<min(start + atOnce, count)).map { self[$0] }
      let inputs = entries.flatMap { $0.dropLast() }
      let targets = entries.flatMap { entry in
        entry.indices.dropFirst().map { $0 < given ? -1 : entry[$0] }
      }
      let answers = logits(inputs, entries.map { $0.count - 1 })
      let judged = judge(answers, targets)
      sum += judged.surprisals.reduce(0) { $0 + Double($1) }
      let asked = letters + digits
      recalled += entries.indices.count { entry in
        judged.isRight[entry * asked..<(entry + 1) * asked].allSatisfy(\.self)
      }
    }
    return Recall(entries: count, recalled: recalled, natsPerNumber: sum / Double(count))
  }
}

/// The surprisal of each target under its row of logits, and whether it is the likeliest token, of
/// equals the first. Where the target is −1, the surprisal is 0 and all is right.
private func judge(
  _ logits: [Float], _ targets: [Int32]
) -> (surprisals: [Float], isRight: [Bool]) {
  let classes = logits.count / targets.count
  precondition(
    classes * targets.count == logits.count,
    "\(logits.count) logits are no whole rows for \(targets.count) tokens")
  var surprisals = [Float](repeating: 0, count: targets.count)
  var logSums = surprisals
  crossEntropy(
    logits: logits, targets: targets, into: &surprisals, logSums: &logSums, rows: targets.count,
    classes: classes)
  let isRight = targets.indices.map { row in
    let candidates = logits[row * classes..<(row + 1) * classes]
    let likeliest = candidates.firstIndex(of: candidates.max()!)! - row * classes
    return targets[row] < 0 || likeliest == Int(targets[row])
  }
  return (surprisals, isRight)
}
