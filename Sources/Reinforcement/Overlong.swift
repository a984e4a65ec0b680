/// What becomes of completions that are long, or were cut off (DAPO: Yu et al. 2025,
/// arXiv:2503.14476, section 3.4).
///
/// A completion that was cut off earns nothing however good it was, which is noise in the rewards: it
/// can be left out of the batch. Or length is punished, by an amount that grows over the last
/// `margin` tokens before `limit`:
///
///     length ≤ limit − margin      0
///     up to limit                  (limit − margin − length) / margin
///     above                        −1
public struct Overlong: Equatable, Sendable {
  /// Whether completions that were cut off are left out of the batch.
  public var skipsTruncated = false

  /// Where the punishment begins and ends, in tokens; nil for none.
  public var punishment: (limit: Int, margin: Int)?

  public init(skipsTruncated: Bool = false, punishment: (limit: Int, margin: Int)? = nil) {
    self.skipsTruncated = skipsTruncated
    self.punishment = punishment
  }

  public static func == (a: Overlong, b: Overlong) -> Bool {
    a.skipsTruncated == b.skipsTruncated && a.punishment?.limit == b.punishment?.limit
      && a.punishment?.margin == b.punishment?.margin
  }

  /// What is added to the reward of a completion of `length` tokens: from −1 to 0.
  public func reward(length: Int) -> Double {
    guard let (limit, margin) = punishment else { return 0 }
    if length > limit { return -1 }
    return min(0, Double(limit - margin - length) / Double(margin))
  }
}
