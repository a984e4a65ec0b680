import Curriculum
import Kernels

/// The problems on which a model is examined: those of its course, new ones, and ones of other
/// kinds.
public enum Exam: String, Codable, Hashable, Sendable, CaseIterable, CodingKeyRepresentable,
  CustomStringConvertible
{
  /// Problems of the course itself.
  case practised

  /// Problems like those of the course, over numbers that no training text combines, by which a
  /// learning rate may be chosen.
  case validation

  /// Such problems again, of which nothing is chosen.
  case heldOut

  /// Two numbers instead of three: easy, and not what the course is about.
  case pairs

  /// Three numbers of which at least one is larger than any in a training problem.
  case larger

  /// Four numbers instead of three.
  case four

  /// All kinds but the one that is for choosing.
  public static let final: [Exam] = [.practised, .heldOut, .pairs, .larger, .four]

  public var description: String {
    switch self {
    case .practised: "practised"
    case .validation: "validation"
    case .heldOut: "held out"
    case .pairs: "two numbers"
    case .larger: "larger numbers"
    case .four: "four numbers"
    }
  }

  /// Some problems of this kind, spread evenly over all of them.
  ///
  /// - Parameters:
  ///   - count: how many, if there are as many.
  ///   - course: what the model has practised.
  public func problems(_ count: Int, of course: [Problem]) -> [Problem] {
    let all =
      switch self {
      case .practised: course
      case .validation: Problem.all(split: .validation)
      case .heldOut: Problem.all(split: .heldOut)
      case .pairs: Problem.all(split: .train, count: 2)
      case .larger: largerProblems
      case .four: fourProblems
      }
    let taken = min(count, all.count)
    return (0..<taken).map { all[$0 * all.count / taken] }
  }
}

private let largerProblems = Problem.all(split: .heldOut, range: 1...20)
  .filter { $0.numbers.contains { !Split.range.contains($0) } }

private let fourProblems = Problem.all(split: .heldOut, count: 4, range: 2...9)
