/// Something for a model to do: a prompt, and whatever a reward needs to know to judge the answer.
///
/// A task of your own is a type that conforms to this, and one or more rewards for it. Nothing else
/// of the trainer knows what is being learned.
///
///     struct Echo: Exercise {
///       let word: String
///       var prompt: String { "say \(word): " }
///     }
///     let reward = ScoredReward<Echo>("echo") { completion, echo in completion == echo.word ? 1 : 0 }
public protocol Exercise: Sendable {
  /// What the model is given, to the letter.
  var prompt: String { get }
}
