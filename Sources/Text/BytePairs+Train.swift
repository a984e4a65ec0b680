extension BytePairs {
  /// Learns merges from `documents`.
  ///
  /// At each step the most frequent pair of neighbouring tokens becomes a token. Every occurrence
  /// within a piece counts, overlapping ones too; of equally frequent pairs, the one with the
  /// smaller left token, then the smaller right one. Training ends early when no pair occurs twice,
  /// because a token that occurs once shortens nothing. So the result is a function of the
  /// arguments alone. As words repeat, we count each different piece once.
  ///
  /// - Parameters:
  ///   - vocabulary: how many tokens there shall be: 256 bytes, the merges, the added tokens.
  ///   - addedTokens: they get the last ids; where their text occurs in a document, it is left out
  ///     of the counting.
  public static func train(
    on documents: some Sequence<String>, vocabulary count: Int, splitting: Splitting = .qwen2,
    addedTokens: [AddedToken] = [], roles: Pipeline.Roles = .init()
  ) -> BytePairs {
    precondition(
      count >= 256 + addedTokens.count,
      "256 bytes and \(addedTokens.count) added tokens do not fit a vocabulary of \(count)")
    let bytesOnly = Pipeline(
      vocabulary: Vocabulary(tokens: [], addedTokens: addedTokens), splitting: splitting)
    var training = BytePairTraining()
    for document in documents {
      _ = bytesOnly.tokens(of: Array(document.utf8).span) { piece, _ in training.count(piece) }
    }
    training.learn(upTo: count - addedTokens.count)

    let tokens = (256..<training.tokens.count).map { Array(training.tokens[$0]) }
    let pipeline = Pipeline(
      vocabulary: Vocabulary(tokens: tokens, addedTokens: addedTokens), splitting: splitting,
      roles: roles)
    return BytePairs(pipeline: pipeline, merges: training.merges)
  }
}

/// The state of training: all different pieces as sequences of tokens, and how often each pair of
/// neighbours occurs in them.
private struct BytePairTraining {
  /// The bytes of each token.
  var tokens = ByteStrings()
  var merges: [BytePairs.Merge] = []
  private var merged: Set<BytePairs.Pair> = []

  /// The different pieces, how often each occurs, and its tokens so far.
  private var pieces = ByteStrings()
  private var counts: [Int] = []
  private var sequences: [[Int32]] = []

  /// How often a pair occurs, and the pieces in which it does or once did.
  private var pairCounts: [BytePairs.Pair: Int] = [:]
  private var occurrences: [BytePairs.Pair: [Int]] = [:]
  /// The pairs, most frequent first. A count may be out of date; see `popMostFrequent`.
  private var candidates = Heap<Candidate>()

  private struct Candidate: Comparable {
    let count: Int
    let pair: BytePairs.Pair

    static func < (a: Candidate, b: Candidate) -> Bool {
      a.count != b.count ? a.count > b.count : a.pair < b.pair
    }
  }

  init() {
    for byte in UInt8.min...UInt8.max { tokens.insert([byte].span) }
  }

  /// Counts one occurrence of `piece`.
  mutating func count(_ piece: Span<UInt8>) {
    let number = pieces.insert(piece)
    if number == counts.count { counts.append(0) }
    counts[number] += 1
  }

  /// Merges until there are `count` tokens or no pair occurs twice.
  mutating func learn(upTo count: Int) {
    sequences = pieces.indices.map { pieces[$0].map { Int32($0) } }
    for number in sequences.indices {
      for pair in pairs(of: number) {
        pairCounts[pair, default: 0] += counts[number]
        note(pair, in: number)
      }
    }
    for (pair, count) in pairCounts { candidates.insert(Candidate(count: count, pair: pair)) }
    while tokens.count < count, let pair = popMostFrequent() { merge(pair) }
  }

  /// The most frequent pair, unless none occurs twice. Counts rise only for pairs with the newest
  /// token, which are then inserted anew; a candidate whose count has fallen meanwhile is put back
  /// with the right one.
  private mutating func popMostFrequent() -> BytePairs.Pair? {
    while let best = candidates.popMinimum(), best.count >= 2 {
      let count = pairCounts[best.pair, default: 0]
      if count == best.count { return best.pair }
      if count < best.count { candidates.insert(Candidate(count: count, pair: best.pair)) }
    }
    return nil
  }

  private mutating func merge(_ pair: BytePairs.Pair) {
    let bytes = tokens[Int(pair.left)] + tokens[Int(pair.right)]
    // Two ways may lead to the same bytes, as a+bc and ab+c do: they are one token.
    let token = Int32(tokens.insert(bytes.span))
    if merged.insert(pair).inserted {
      merges.append(BytePairs.Merge(left: pair.left, right: pair.right, token: token))
    }
    var changed: Set<BytePairs.Pair> = []
    for number in occurrences.removeValue(forKey: pair) ?? [] {
      guard pairs(of: number).contains(pair) else { continue }
      for old in pairs(of: number) { pairCounts[old]! -= counts[number] }
      sequences[number] = replacing(pair, by: token, in: sequences[number])
      for new in pairs(of: number) {
        pairCounts[new, default: 0] += counts[number]
        if new.left == token || new.right == token {
          note(new, in: number)
          changed.insert(new)
        }
      }
    }
    for pair in changed { candidates.insert(Candidate(count: pairCounts[pair]!, pair: pair)) }
  }

  /// The pairs of neighbours in piece `number`, from left to right.
  private func pairs(of number: Int) -> some Sequence<BytePairs.Pair> {
    let sequence = sequences[number]
    return zip(sequence, sequence.dropFirst()).lazy.map { BytePairs.Pair(left: $0, right: $1) }
  }

  private mutating func note(_ pair: BytePairs.Pair, in number: Int) {
    if occurrences[pair]?.last != number { occurrences[pair, default: []].append(number) }
  }
}

/// `sequence` with each occurrence of `pair` replaced, from left to right.
private func replacing(
  _ pair: BytePairs.Pair, by token: Int32, in sequence: [Int32]
) -> [Int32] {
  var result: [Int32] = []
  result.reserveCapacity(sequence.count - 1)
  var place = 0
  while place < sequence.count {
    if place + 1 < sequence.count, sequence[place] == pair.left, sequence[place + 1] == pair.right {
      result.append(token)
      place += 2
    } else {
      result.append(sequence[place])
      place += 1
    }
  }
  return result
}
