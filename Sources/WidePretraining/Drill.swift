import Curriculum
import Pretraining
import Text
import Training

/// Pages of single steps, such as `17-8=9`, in rows of tokens: the first lesson of the curriculum and no
/// other. What is learned of them is the results; the questions are drawn at random.
public struct Drill {
  private let corpus: Corpus
  private let equals: Int32

  public init(_ tokenizer: BytePairs, seed: UInt64) {
    var mix = Mix()
    mix.shares = [.sums: 1]
    corpus = Corpus(tokenizer, Curriculum(seed: seed, mix: mix))
    equals = tokenizer.encode("=")[0]
  }

  /// Row number `index` of the `Corpus` of these pages. The result of every step in it is learned.
  public func row(_ index: Int, length: Int) -> Example {
    let tokens = corpus.row(index, length: length)
    return Example(
      tokens,
      learning: tokens.indices.dropFirst().compactMap {
        $0..<$0 + (tokens[$0 - 1] == equals ? 1 : 0)
      }
      .filter { !$0.isEmpty })
  }
}
