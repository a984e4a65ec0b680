import Tensors

/// What became of the answers: as many may be right as before, and yet be others.
///
///     Flips(before: [true, true, false], after: [true, false, true])
///     // 1 stayed right, 1 became wrong, 1 became right: the accuracy is the same
///
/// Source: "Accuracy is not all you need" (Dutta et al. 2024, arXiv:2407.09141).
public struct Flips: Equatable, Codable, Sendable {
  /// How many answers were right before and are now, and how many were wrong and are.
  public let stayedRight, stayedWrong: Int

  /// How many were right before and are wrong now, and the reverse.
  public let becameWrong, becameRight: Int

  /// - Parameters:
  ///   - before: for each problem whether the original model's answer is right.
  ///   - after: the same of the compressed model, for the same problems.
  public init(before: [Bool], after: [Bool]) {
    require(before.count == after.count, "\(before.count) answers before, \(after.count) after")
    let pairs = Array(zip(before, after))
    stayedRight = pairs.count { $0.0 && $0.1 }
    stayedWrong = pairs.count { !$0.0 && !$0.1 }
    becameWrong = pairs.count { $0.0 && !$0.1 }
    becameRight = pairs.count { !$0.0 && $0.1 }
  }

  /// The share of answers that became others.
  public var share: Double {
    let all = stayedRight + stayedWrong + becameWrong + becameRight
    return Double(becameWrong + becameRight) / Double(max(1, all))
  }
}
