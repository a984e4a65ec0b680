/// A text to learn from.
public struct Example: Equatable, Sendable {
  public let tokens: [Int32]

  /// How many of the first tokens are given and not learned: a prompt. At least the first is, since
  /// nothing comes before it.
  public let given: Int

  public init(_ tokens: [Int32], given: Int = 1) {
    self.tokens = tokens
    self.given = max(1, given)
  }

  /// How many tokens are learned.
  public var learned: Int { max(0, tokens.count - given) }

  /// What is fed to the model: all tokens but the last, which has no successor.
  var inputs: ArraySlice<Int32> { tokens.dropLast() }

  /// For each input the token that follows it, or −1 if it is not to be learned.
  var targets: [Int32] {
    tokens.indices.dropFirst().map { $0 < given ? -1 : tokens[$0] }
  }
}
