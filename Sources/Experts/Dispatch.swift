/// Who goes where: the tokens sorted by the expert they were sent to.
///
/// A token has `slots` choices, and each of these **pairs** of token and slot, numbered
/// `token · slots + slot`, is a row of work for one expert. A counting sort puts the pairs of each
/// expert side by side, in ascending order, so that each expert works on one block of rows.
///
///     Dispatch(choices: [2, 0, 0, 1, 2, 0], slots: 2, experts: 3).parts
///     // expert 0: pairs 1, 2, 5 of tokens 0, 1, 2
///     // expert 1: pair 3 of token 1
///     // expert 2: pairs 0, 4 of tokens 0, 2
struct Dispatch {
  struct Part {
    let expert: Int
    let pairs: [Int32]

    /// The token of each pair.
    let tokens: [Int32]
  }

  /// The experts that have something to do.
  let parts: [Part]

  /// - Parameter choices: an expert for each pair, or −1 if the pair is dropped.
  init(choices: [Int32], slots: Int, experts: Int) {
    var ends = [Int](repeating: 0, count: experts)
    for expert in choices where expert >= 0 { ends[Int(expert)] += 1 }
    for expert in 1..<max(1, experts) { ends[expert] += ends[expert - 1] }
    var order = [Int32](repeating: 0, count: ends.last ?? 0)
    var starts = ends
    // From the last pair to the first, each takes the last free place of its expert.
    for pair in choices.indices.reversed() where choices[pair] >= 0 {
      let expert = Int(choices[pair])
      starts[expert] -= 1
      order[starts[expert]] = Int32(pair)
    }
    parts = (0..<experts).compactMap { expert in
      if starts[expert] == ends[expert] { return nil }
      let pairs = Array(order[starts[expert]..<ends[expert]])
      return Part(expert: expert, pairs: pairs, tokens: pairs.map { $0 / Int32(slots) })
    }
  }
}
