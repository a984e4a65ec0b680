import Curriculum
import Text

/// The curriculum as tokens, in rows of one length.
public struct Corpus {
  private let tokenizer: BytePairs
  private let curriculum: Curriculum
  private let end: Int32

  public init(_ tokenizer: BytePairs, _ curriculum: Curriculum) {
    self.tokenizer = tokenizer
    self.curriculum = curriculum
    end = tokenizer.token(of: BaseModel.endOfText)!
  }

  /// Row number `index`: documents one after the other, each closed by an end-of-text token, until
  /// there are `length` tokens; the last document is cut off.
  ///
  /// A document sees those before it in its row. They tell it nothing, but they move it about: the
  /// target of a problem, which every verdict has to find, stands somewhere else each time.
  public func row(_ index: Int, length: Int) -> [Int32] {
    // Each row has numbers of its own, more than it can use: no document is without its end.
    var document = index * length
    var tokens: [Int32] = []
    while tokens.count < length {
      tokens += tokenizer.encode(curriculum[document]) + [end]
      document += 1
    }
    return Array(tokens.prefix(length))
  }
}
