import Tensors

/// The tokens of one forward pass: pieces of one or more sequences, one piece after the other.
///
/// Training gives whole sequences; generation gives the next token of each; a prompt is the first
/// piece of a sequence that goes on. All are the same thing to the model.
///
///     Passage(tokens, lengths: [5, 3])           // two sequences from their start
///     Passage([17, 4], continuing: [12, 9])      // the next token of two sequences
public struct Passage: Equatable, Sendable {
  /// All tokens, `[tokens]`.
  public let tokens: [Int32]

  /// How many of them belong to each piece.
  public let lengths: [Int]

  /// The position in its sequence at which each piece starts.
  public let starts: [Int]

  /// The position of every token in its own sequence.
  public let positions: [Int32]

  /// What the passage is to a training run, if it is read to learn from it.
  public var training: Training?

  /// The place of a passage in a training run. Layers that behave differently while training, with
  /// noise or by leaving tokens out, key their random numbers by it, so that a resumed run draws the
  /// same ones.
  public struct Training: Equatable, Sendable {
    /// How many steps have been taken before.
    public let step: Int

    /// The number of the passage's first sequence among those of the step.
    public let firstSequence: Int

    public init(step: Int, firstSequence: Int = 0) {
      self.step = step
      self.firstSequence = firstSequence
    }
  }

  /// The passage that a model is reading at this moment to learn from it; nil if it only reads. So a
  /// projection, which is given rows, can know of which tokens.
  @TaskLocal public static var beingLearned: Passage?

  /// Whole sequences, of the given lengths.
  public init(_ tokens: [Int32], lengths: [Int]) {
    self.init(tokens, lengths: lengths, starts: lengths.map { _ in 0 })
  }

  /// One more token for each of several sequences that are `starts` tokens long already.
  public init(_ tokens: [Int32], continuing starts: [Int]) {
    self.init(tokens, lengths: tokens.map { _ in 1 }, starts: starts)
  }

  public init(_ tokens: [Int32], lengths: [Int], starts: [Int]) {
    require(
      lengths.reduce(0, +) == tokens.count && lengths.count == starts.count,
      "\(tokens.count) tokens cannot be pieces of lengths \(lengths) that start at \(starts)")
    self.tokens = tokens
    self.lengths = lengths
    self.starts = starts
    positions = zip(lengths, starts).flatMap { length, start in
      (start..<start + length).map(Int32.init)
    }
  }
}
