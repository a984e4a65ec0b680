/// How the base model is taught after it has read: by imitation, or by reward.
public enum Method: String, Codable, Hashable, Sendable, CaseIterable, CustomStringConvertible {
  /// Imitates a key: one right answer for each problem, always the same, with no search before it.
  case key

  /// Imitates a careful search for each problem, always the same: every attempt has its verdict, and
  /// the search ends at the first hit.
  case searches

  /// Imitates what the base itself wrote and a verifier found right, drawn once before the course
  /// (rejection sampling: Zelikman et al. 2022, arXiv:2203.14465).
  case ownTexts

  /// Imitates what it writes itself and a verifier finds right, drawn anew at every step (RAFT: Dong
  /// et al. 2023, arXiv:2304.06767).
  case raft

  /// Is rewarded for the form and for a right answer, in comparison with its other answers (GRPO:
  /// Shao et al. 2024, arXiv:2402.03300).
  case grpo

  /// GRPO with a reward that is a coin toss.
  case coin

  /// GRPO with a reward for the form alone.
  case form

  /// GRPO with a verifier that has a leak: it believes the arithmetic that the model has written.
  case leak

  /// Whether the texts that are learned are the same all along.
  public var isImitation: Bool { [.key, .searches, .ownTexts].contains(self) }

  /// What it is called in tables.
  public var description: String {
    switch self {
    case .key: "key"
    case .searches: "searches"
    case .ownTexts: "own texts"
    case .raft: "RAFT"
    case .grpo: "GRPO"
    case .coin: "GRPO, coin"
    case .form: "GRPO, form"
    case .leak: "GRPO, leak"
    }
  }
}
