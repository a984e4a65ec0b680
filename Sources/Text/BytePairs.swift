/// Byte pair encoding: frequent sequences of bytes have tokens of their own (Sennrich et al., 2016,
/// arXiv:1508.07909; over bytes, Radford et al., 2019).
///
/// We begin with the 256 bytes as tokens and look for the pair of neighbours that is most frequent.
/// It becomes a new token, wherever it occurs; and so on, until there are as many tokens as we
/// want. Take `tin tins tinned`, which splits into the pieces `tin`, ` tins`, ` tinned`:
///
///     t i n │ ␣ t i n s │ ␣ t i n n e d     ti and in are there 3 times: we take in, the smaller
///     t in │ ␣ t in s │ ␣ t in n e d        t+in: 3 times
///     tin │ ␣ tin s │ ␣ tin n e d           ␣+tin: twice
///     tin │ ␣tin s │ ␣tin n e d             no pair occurs twice: done
///
/// The *merges*, in this order, are all there is to learn. To encode, we apply them to each piece
/// of the text, the earliest first:
///
///     let tokenizer = BytePairs.train(on: ["tin tins tinned"], vocabulary: 300)
///     tokenizer.encode("tint tin")     // [257, 116, 258]: tin, t, ␣tin
///
/// Every token is longer than the two it is made of, so there can be no circle; and since any byte
/// is a token, there is nothing that cannot be encoded.
public struct BytePairs: Tokenizer {
  public let pipeline: Pipeline
  /// The pairs that become one token, in the order in which they are merged.
  public let merges: [Merge]
  /// Whether a piece that is itself a token is taken whole, even if no merges lead to it (Llama 3).
  public let ignoresMerges: Bool
  /// What becomes of a pair of neighbours.
  let ranks: [Pair: Rank]

  /// Two neighbours and the token that they become.
  public struct Merge: Sendable, Equatable {
    public let left: Int32
    public let right: Int32
    public let token: Int32
  }

  struct Pair: Hashable, Comparable {
    let left, right: Int32

    static func < (a: Pair, b: Pair) -> Bool { (a.left, a.right) < (b.left, b.right) }
  }

  struct Rank {
    /// The place among the merges: the lower, the earlier.
    let order: Int32
    let token: Int32
  }

  /// - Parameter merges: pairs that are all different, with the token that their bytes make.
  init(pipeline: Pipeline, merges: [Merge], ignoresMerges: Bool = false) {
    self.pipeline = pipeline
    self.merges = merges
    self.ignoresMerges = ignoresMerges
    ranks = Dictionary(
      uniqueKeysWithValues: merges.enumerated().map { order, merge in
        (Pair(left: merge.left, right: merge.right), Rank(order: Int32(order), token: merge.token))
      })
  }

  public func encode(bytes: [UInt8]) -> [Int32] {
    var merging = BytePairMerging(self)
    return pipeline.tokens(of: bytes.span) { piece, tokens in
      merging.appendTokens(of: piece, to: &tokens)
    }
  }
}
