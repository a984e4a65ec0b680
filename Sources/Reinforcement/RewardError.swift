/// A reward that gave no number for a completion: which, for what, and why.
public struct RewardError: Error, Equatable, CustomStringConvertible {
  public enum Reason: Equatable, Sendable {
    /// It gave a number that is not finite.
    case notFinite(Double)
    /// It threw an error, which reads like this.
    case threw(String)
    /// It gave nothing within the time limit, in seconds.
    case timedOut(seconds: Double)
  }

  public let reward: String
  public let prompt: String
  public let completion: String
  public let reason: Reason

  public var description: String {
    let problem =
      switch reason {
      case .notFinite(let value): "gave \(value)"
      case .threw(let error): "threw \"\(error)\""
      case .timedOut(let seconds): "gave nothing within \(seconds) s"
      }
    return "the reward \"\(reward)\" \(problem) for the prompt \(prompt.debugDescription) "
      + "and the completion \(excerpt(completion).debugDescription)"
  }
}

/// The beginning of a text that may be long.
private func excerpt(_ text: String) -> String {
  let beginning = text.prefix(400)
  return beginning.endIndex == text.endIndex ? text : beginning + "…"
}
