/// A text to learn from.
public struct Example: Equatable, Sendable {
  public let tokens: [Int32]

  /// The places of the tokens that are learned, in order. The others are given: a prompt, or what
  /// somebody else says in a conversation.
  public let lessons: [Range<Int>]

  /// A text of which the first `given` tokens are given. At least the first is, since nothing comes
  /// before it.
  public init(_ tokens: [Int32], given: Int = 1) {
    let first = max(1, given)
    self.init(tokens, learning: first < tokens.count ? [first..<tokens.count] : [])
  }

  /// A text of which the tokens at `places` are learned: ranges that do not overlap, in order, none
  /// of which begins with the first token.
  public init(_ tokens: [Int32], learning places: [Range<Int>]) {
    var last = 1
    for range in places {
      precondition(
        range.lowerBound >= last && range.upperBound <= tokens.count,
        "places \(places) are not in order among 1..<\(tokens.count)")
      last = range.upperBound
    }
    self.tokens = tokens
    lessons = places.filter { !$0.isEmpty }
  }

  /// How many of the first tokens are given.
  public var given: Int { lessons.first?.lowerBound ?? tokens.count }

  /// How many tokens are learned.
  public var learned: Int { lessons.reduce(0) { $0 + $1.count } }

  /// What is fed to the model: all tokens but the last, which has no successor.
  var inputs: ArraySlice<Int32> { tokens.dropLast() }

  /// For each input the token that follows it, or −1 if it is not to be learned.
  var targets: [Int32] {
    var targets = [Int32](repeating: -1, count: max(0, tokens.count - 1))
    for range in lessons {
      for place in range { targets[place - 1] = tokens[place] }
    }
    return targets
  }
}
