/// What a model that is shipped has to keep to, and what is wanted beyond that.
///
/// ```swift
/// let limits = Limits(megabytes: 1, accuracy: 0.6)
/// let choice = try limits.choice(among: candidates)
/// print(choice.candidate.name, choice.reason)
/// ```
public struct Limits: Hashable, Sendable {
  /// The largest size of the files, in millions of bytes.
  public var megabytes: Double?

  /// The longest median time from one token to the next.
  public var milliseconds: Double?

  /// The least share of right answers, from 0 to 1.
  public var accuracy: Double?

  /// What decides among those that keep to all limits.
  public var wish = Wish.cheapest

  public enum Wish: String, CaseIterable, Sendable {
    /// The least processor time for a token.
    case cheapest
    /// The smallest files.
    case smallest
    /// The most right answers.
    case best
  }

  public init(
    megabytes: Double? = nil, milliseconds: Double? = nil, accuracy: Double? = nil,
    wish: Wish = .cheapest
  ) {
    self.megabytes = megabytes
    self.milliseconds = milliseconds
    self.accuracy = accuracy
    self.wish = wish
  }

  /// What is chosen, and why.
  public struct Choice: Sendable {
    public let candidate: Candidate

    /// A sentence that says why it is this one.
    public let reason: String

    /// Those that do not keep to the limits, each with the limits that it breaks.
    public let refused: [(candidate: Candidate, objections: [String])]
  }

  /// Chooses.
  ///
  /// - Throws: `ShippingError` for limits that are none, for no candidates at all, or if none keeps to
  ///   the limits: then it names the one that comes closest, and what would have to give.
  public func choice(among candidates: [Candidate]) throws(ShippingError) -> Choice {
    try validate()
    guard !candidates.isEmpty else {
      throw ShippingError("there is nothing to choose from; inspect some artefacts first")
    }
    let judged = candidates.map { (candidate: $0, objections: objections(to: $0)) }
    let refused = judged.filter { !$0.objections.isEmpty }
    let admitted = judged.filter(\.objections.isEmpty).map(\.candidate)
    guard let chosen = admitted.min(by: isPreferred) else {
      let closest = judged.min { excess($0.candidate) < excess($1.candidate) }!
      throw ShippingError(
        "none of \(candidates.count) keeps to the limits; the closest is \(closest.candidate.name): "
          + closest.objections.joined(separator: ", ") + "; relax that")
    }
    return Choice(
      candidate: chosen, reason: reason(for: chosen, among: admitted, of: candidates.count),
      refused: refused)
  }

  private func reason(for chosen: Candidate, among admitted: [Candidate], of count: Int) -> String {
    let quality =
      switch wish {
      case .cheapest: "costs least: \(rounded(chosen.processorSeconds)) s for a thousand tokens"
      case .smallest: "is the smallest: \(rounded(Double(chosen.bytes) / 1e6)) MB"
      case .best: "is right most often: \(rounded(100 * chosen.accuracy)) %"
      }
    return admitted.count == 1
      ? "it is the only one of \(count) that keeps to the limits"
      : "of \(count), \(admitted.count) keep to the limits, and of these it \(quality)"
  }

  private func isPreferred(_ a: Candidate, _ b: Candidate) -> Bool {
    switch wish {
    case .cheapest: (a.processorSeconds, a.bytes) < (b.processorSeconds, b.bytes)
    case .smallest: (a.bytes, a.processorSeconds) < (b.bytes, b.processorSeconds)
    case .best: (-a.accuracy, a.bytes) < (-b.accuracy, b.bytes)
    }
  }

  /// The limits that a candidate breaks, as words.
  private func objections(to candidate: Candidate) -> [String] {
    var objections: [String] = []
    let size = Double(candidate.bytes) / 1e6
    if let megabytes, size > megabytes {
      objections.append("\(rounded(size)) MB, and \(rounded(megabytes)) are allowed")
    }
    if let milliseconds, candidate.milliseconds > milliseconds {
      objections.append(
        "\(rounded(candidate.milliseconds)) ms a token, and \(rounded(milliseconds)) are allowed")
    }
    if let accuracy, candidate.accuracy < accuracy {
      objections.append(
        "right in \(rounded(100 * candidate.accuracy)) %, and \(rounded(100 * accuracy)) are asked for"
      )
    }
    return objections
  }

  /// By how much a candidate breaks the limits, as the largest factor.
  private func excess(_ candidate: Candidate) -> Double {
    [
      megabytes.map { Double(candidate.bytes) / 1e6 / $0 },
      milliseconds.map { candidate.milliseconds / $0 },
      accuracy.map { $0 / max(candidate.accuracy, 1e-9) },
    ].compactMap(\.self).max() ?? 0
  }

  private func validate() throws(ShippingError) {
    for (name, limit) in [("megabytes", megabytes), ("milliseconds", milliseconds)] {
      if let limit, !(limit > 0 && limit.isFinite) {
        throw ShippingError("a limit of \(limit) \(name) is none; take a positive number")
      }
    }
    if let accuracy, !(0...1).contains(accuracy) {
      throw ShippingError(
        "an accuracy of \(accuracy) is none; it is a share, from 0 to 1: 0.6 for 60 %")
    }
  }
}

/// Why nothing can be chosen, on one line.
public struct ShippingError: Error, Equatable, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}

/// A number with three digits.
private func rounded(_ number: Double) -> String {
  guard number != 0, number.isFinite else { return "\(number)" }
  var scale = 1.0
  while abs(number) * scale < 100 && scale < 1e9 { scale *= 10 }
  let value = (number * scale).rounded() / scale
  return value == value.rounded() ? "\(Int(value))" : "\(value)"
}
