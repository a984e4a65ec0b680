import Tensors

/// A sequence cut at every multiple of the chunk: as attention never looks across a cut, each part
/// is a sequence of its own, and neither kernel nor cache need know of chunks.
extension Passage {
  /// The lengths of the pieces, each cut where a new chunk of its sequence begins.
  func lengths(cutEvery chunk: Int?) -> [Int] {
    guard let chunk else { return lengths }
    return zip(starts, lengths).flatMap { start, length in
      cuts(from: start, count: length, every: chunk).map(\.count)
    }
  }
}

extension AttentionCache {
  /// `attend(queries:keys:values:pieces:)` for tokens that see no further back than to the start of
  /// their own chunk.
  ///
  /// A slot holds the sequence's last chunk alone, and is written over from its start when the next
  /// one begins: so this costs memory, and at each step time, for one chunk and not for the text.
  ///
  /// - Parameter pieces: where they start in their whole sequences.
  func attend(
    queries: Tensor, keys: Tensor, values: Tensor, pieces: [Piece], chunk: Int?
  ) -> Tensor {
    guard let chunk else {
      return attend(queries: queries, keys: keys, values: values, pieces: pieces)
    }
    var rounds: [Round] = []
    var token = 0
    for piece in pieces {
      // A slot holds one chunk at a time, so the chunks of a piece take turns.
      for (turn, cut) in cuts(from: piece.start, count: piece.count, every: chunk).enumerated() {
        if turn == rounds.count { rounds.append(Round()) }
        rounds[turn].pieces.append(
          Piece(slot: piece.slot, start: cut.lowerBound % chunk, count: cut.count))
        rounds[turn].tokens += (token..<token + cut.count).map(Int32.init)
        token += cut.count
      }
    }
    // The usual case, a token more for each sequence, needs no copies.
    if rounds.count <= 1 {
      return attend(
        queries: queries, keys: keys, values: values, pieces: rounds.first?.pieces ?? [])
    }
    let answers = rounds.map { round in
      let y = attend(
        queries: queries.picked(round.tokens), keys: keys.picked(round.tokens),
        values: values.picked(round.tokens), pieces: round.pieces)
      return y.reshaped(to: [round.tokens.count, y.shape[1] * y.shape[2]])
    }
    let width = queries.shape[1] * queries.shape[2]
    return Tensor.combined(
      answers, pairs: rounds.map(\.tokens), weights: nil, tokens: token, slots: 1, width: width
    ).reshaped(to: queries.shape)
  }
}

/// What is computed together: at most one chunk of each piece, and which tokens of the passage it is.
private struct Round {
  var pieces: [AttentionCache.Piece] = []
  var tokens: [Int32] = []
}

/// The positions `start..<start + count`, cut at the multiples of `chunk`.
private func cuts(from start: Int, count: Int, every chunk: Int) -> [Range<Int>] {
  let end = start + count
  var cuts: [Range<Int>] = []
  var position = start
  repeat {
    let next = min(end, (position / chunk + 1) * chunk)
    cuts.append(position..<next)
    position = next
  } while position < end
  return cuts
}

extension Tensor {
  /// Some of the tokens of `[tokens, heads, headWidth]`.
  fileprivate func picked(_ tokens: [Int32]) -> Tensor {
    reshaped(to: [shape[0], shape[1] * shape[2]]).rows(tokens)
      .reshaped(to: [tokens.count, shape[1], shape[2]])
  }
}
