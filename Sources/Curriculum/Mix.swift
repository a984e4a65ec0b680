/// How much of each lesson the corpus holds, and how its traces are written.
///
/// The defaults are those of the book's base model. They were chosen by pilots to leave it every
/// sub-skill of search (arithmetic, the verdict, the form) and few examples of a search carried
/// through; what it has learned of each is counted with `Skills`.
public struct Mix: Sendable, Hashable {
  /// The kinds of documents, and their shares by count (any positive scale).
  public var shares: [Lesson: Float] = [
    .sums: 0.3, .verdicts: 0.15, .chains: 0.07, .traces: 0.7,
  ]

  /// The share of problems with two numbers; the others have three.
  public var pairs: Float = 0.05

  /// The share of traces that stop only at a hit. The others stop after any attempt with
  /// probability `haste`, whatever its verdict.
  public var careful: Float = 0.15
  public var haste: Float = 0.35
  /// The share of attempts drawn from the solutions, the others being drawn from all ways.
  public var insight: Float = 0.3
  /// The longest trace, in attempts.
  public var longest = 16

  public init() {}
}
