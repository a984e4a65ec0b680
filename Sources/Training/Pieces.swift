extension RandomAccessCollection where Index == Int {
  /// The elements in runs of at most `limit` tokens, or of one element that has more: what goes through
  /// a model at once.
  ///
  /// - Parameter tokens: how many an element has.
  public func pieces(ofAtMost limit: Int, tokens: (Element) -> Int) -> [SubSequence] {
    var pieces: [SubSequence] = []
    var (start, sum) = (startIndex, 0)
    for index in indices {
      let count = tokens(self[index])
      if index > start && sum + count > limit {
        pieces.append(self[start..<index])
        (start, sum) = (index, 0)
      }
      sum += count
    }
    return isEmpty ? [] : pieces + [self[start...]]
  }
}
