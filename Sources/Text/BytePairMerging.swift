/// The merging of pieces, one after the other, for one text.
///
/// Among all pairs of neighbours in a piece, the one merged earliest in training goes first, and of
/// equals the leftmost. A heap holds the candidates, so a piece of n bytes takes n log n steps: a
/// megabyte without a space is no harder than any other. And since most words of a text have been
/// there before, their tokens are remembered.
struct BytePairMerging {
  private let model: BytePairs
  private let byteTokens: [Int32]

  /// The pieces met so far, and where the tokens of each end in `remembered`.
  private var pieces = ByteStrings()
  private var ends: [Int] = []
  private var remembered: [Int32] = []

  /// The piece at hand: a list of tokens linked by their places; the places of tokens that were
  /// merged into their left neighbour hold -1.
  private var tokens: [Int32] = []
  private var previous: [Int] = []
  private var next: [Int] = []
  /// The pairs that could be merged, earliest merge first, then leftmost.
  private var candidates = Heap<Candidate>()

  private struct Candidate: Comparable {
    let order: Int32
    let place: Int

    static func < (a: Candidate, b: Candidate) -> Bool {
      (a.order, a.place) < (b.order, b.place)
    }
  }

  /// Pieces longer than this many bytes are not remembered, nor more than `mostPieces` of them.
  private static let longestPiece = 64
  private static let mostPieces = 1 << 16

  init(_ model: BytePairs) {
    self.model = model
    byteTokens = model.vocabulary.byteTokens
  }

  mutating func appendTokens(of piece: Span<UInt8>, to result: inout [Int32]) {
    if piece.count == 1 {
      result.append(byteTokens[Int(piece[0])])
    } else if let number = pieces.find(piece) {
      let start = number == 0 ? 0 : ends[number - 1]
      result.append(contentsOf: remembered[start..<ends[number]])
    } else {
      let start = result.count
      if model.ignoresMerges, let token = model.vocabulary.modelToken(of: piece) {
        result.append(token)
      } else {
        merge(piece, into: &result)
      }
      if piece.count <= Self.longestPiece, pieces.count < Self.mostPieces {
        pieces.insert(piece)
        remembered.append(contentsOf: result[start...])
        ends.append(remembered.count)
      }
    }
  }

  private mutating func merge(_ piece: Span<UInt8>, into result: inout [Int32]) {
    let count = piece.count
    tokens.removeAll(keepingCapacity: true)
    previous.removeAll(keepingCapacity: true)
    next.removeAll(keepingCapacity: true)
    candidates.removeAll()
    for place in 0..<count {
      tokens.append(byteTokens[Int(piece[place])])
      previous.append(place - 1)
      next.append(place + 1)
    }
    for place in 0..<count { propose(place) }

    while let best = candidates.popMinimum() {
      // Either token of the pair may have been merged with its other neighbour since.
      let place = best.place
      guard let rank = rank(ofPairAt: place), rank.order == best.order else { continue }
      let absorbed = next[place]
      tokens[place] = rank.token
      tokens[absorbed] = -1
      next[place] = next[absorbed]
      if next[place] < count { previous[next[place]] = place }
      if previous[place] >= 0 { propose(previous[place]) }
      propose(place)
    }

    var place = 0
    while place < count {
      result.append(tokens[place])
      place = next[place]
    }
  }

  private mutating func propose(_ place: Int) {
    if let rank = rank(ofPairAt: place) {
      candidates.insert(Candidate(order: rank.order, place: place))
    }
  }

  /// What the token at `place` and its right neighbour become, if anything.
  private func rank(ofPairAt place: Int) -> BytePairs.Rank? {
    guard tokens[place] >= 0, next[place] < tokens.count else { return nil }
    return model.ranks[BytePairs.Pair(left: tokens[place], right: tokens[next[place]])]
  }
}
