import Curriculum
import Pretraining
import Text
import Training

/// Pages of single steps, such as `17-8=9`, in rows of tokens: the first lesson of the curriculum and no
/// other. What is learned of them is the results; the questions are drawn at random.
public struct Drill {
  private let tokenizer: BytePairs
  private let curriculum: Curriculum
  private let end, equals: Int32

  public init(_ tokenizer: BytePairs, seed: UInt64) {
    self.tokenizer = tokenizer
    var mix = Mix()
    mix.shares = [.sums: 1]
    curriculum = Curriculum(seed: seed, mix: mix)
    end = tokenizer.token(of: BaseModel.endOfText)!
    equals = tokenizer.encode("=")[0]
  }

  /// Row number `index`: pages from number `index · length` on, each closed by an end-of-text token,
  /// and cut off after `length` tokens. The result of every step in it is learned.
  public func row(_ index: Int, length: Int) -> Example {
    var tokens: [Int32] = []
    var page = index * length
    while tokens.count < length {
      tokens += tokenizer.encode(curriculum[page]) + [end]
      page += 1
    }
    tokens = Array(tokens.prefix(length))
    return Example(
      tokens,
      learning: tokens.indices.dropFirst().compactMap {
        $0..<$0 + (tokens[$0 - 1] == equals ? 1 : 0)
      }
      .filter { !$0.isEmpty })
  }
}
