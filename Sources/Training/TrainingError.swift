/// Why a training run stopped, on one line.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
  /// A gradient or the loss is not a number any more.
  case diverged(step: Int, tensor: String, resumable: String)

  /// The saved state does not belong to this run.
  case foreign(file: String, problem: String)

  /// A file cannot be read or written.
  case file(String)

  /// A batch without a single token to learn.
  case empty(step: Int)

  /// A text that is longer than the model can read.
  case long(step: Int, example: Int, tokens: Int, context: Int)

  public var description: String {
    switch self {
    case .diverged(let step, let tensor, let resumable):
      "step \(step): \(tensor) is not finite; \(resumable); lower the learning rate or clip harder"
    case .foreign(let file, let problem): "\(file): \(problem); remove it to start afresh"
    case .file(let problem): problem
    case .long(let step, let example, let tokens, let context):
      "step \(step): example \(example) of the batch has \(tokens) tokens, and the model reads "
        + "\(context); cut it, or leave it out"
    case .empty(let step): "step \(step): no token of the batch is to be learned"
    }
  }
}
