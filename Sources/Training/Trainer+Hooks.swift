import Tensors

extension Trainer {
  /// What shapes a run besides its loss.
  public struct Hooks {
    /// What must agree for a saved state to be continued, such as the strength of a penalty.
    public var fingerprint: String

    /// A scalar that is added to the loss of a forward pass, for the gradient alone: the loss that is
    /// reported stays the surprisal. Called right after each forward pass, while the tape records;
    /// a batch in pieces adds the penalty of each piece, weighed by the piece's share of the tokens.
    /// Where a penalty couples the tokens of a piece, other pieces are another penalty: a state that
    /// was saved with hooks can be continued with the same `tokensAtOnce` only.
    public var penalty: () -> Tensor?

    /// Called at the end of each step, after the optimiser and before the state is saved.
    public var afterStep: () -> Void

    public init(
      fingerprint: String, penalty: @escaping () -> Tensor? = { nil },
      afterStep: @escaping () -> Void = {}
    ) {
      self.fingerprint = fingerprint
      self.penalty = penalty
      self.afterStep = afterStep
    }
  }
}
