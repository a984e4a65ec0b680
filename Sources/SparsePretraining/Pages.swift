import Curriculum
import Pretraining
import Text

/// The curriculum in rows of tokens, the very rows that the dense base model reads.
struct Pages {
  private let tokenizer: BytePairs
  private let curriculum: Curriculum
  private let end: Int32

  init(_ tokenizer: BytePairs, seed: UInt64) {
    self.tokenizer = tokenizer
    curriculum = Curriculum(seed: seed)
    end = tokenizer.token(of: BaseModel.endOfText)!
  }

  /// Row number `index`: pages from number `index · length` on, each closed by an end-of-text token,
  /// and cut off after `length` tokens.
  func row(_ index: Int, length: Int) -> [Int32] {
    var tokens: [Int32] = []
    var page = index * length
    while tokens.count < length {
      tokens += tokenizer.encode(curriculum[page]) + [end]
      page += 1
    }
    return Array(tokens.prefix(length))
  }
}
