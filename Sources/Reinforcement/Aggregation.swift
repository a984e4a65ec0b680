/// How the losses of tokens become the loss of a batch: what one token of each completion weighs.
///
/// All agree where all completions are equally long, and as long as the constant.
public enum Aggregation: Equatable, Sendable {
  /// The mean over completions of the mean over their tokens (GRPO, arXiv:2402.03300): a token of a
  /// long completion counts for less, so long wrong answers are punished less than short ones.
  case sequences

  /// The mean over all tokens of the batch (DAPO, arXiv:2503.14476).
  case tokens

  /// The sum over tokens, divided by the number of completions and a constant length (Dr. GRPO,
  /// arXiv:2503.20783): no token's weight depends on the length of any completion.
  case constant(length: Int)

  /// The mean over micro-batches of so many completions of the mean over their tokens, as it comes
  /// about when gradients of micro-batches are averaged (*bnpo* in TRL).
  case microBatches(of: Int)

  /// The weight of a token of each completion, from their lengths.
  public func weights(of lengths: [Int]) -> [Double] {
    switch self {
    case .sequences: return lengths.map { 1 / Double($0 * lengths.count) }
    case .tokens:
      let total = lengths.reduce(0, +)
      return lengths.map { _ in 1 / Double(total) }
    case .constant(let length): return lengths.map { _ in 1 / Double(length * lengths.count) }
    case .microBatches(let size):
      precondition(size > 0, "micro-batches of \(size) completions")
      let starts = Array(stride(from: 0, to: lengths.count, by: size))
      return starts.flatMap { start in
        let micro = lengths[start..<min(start + size, lengths.count)]
        let total = micro.reduce(0, +)
        return micro.map { _ in 1 / Double(total * starts.count) }
      }
    }
  }
}
