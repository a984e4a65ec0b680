import Curriculum
import Text
import Training

/// The curriculum as tokens, a document to an example.
struct Corpus {
  private let tokenizer: BytePairs
  private let curriculum: Curriculum
  private let end: Int32

  init(_ tokenizer: BytePairs, _ curriculum: Curriculum) {
    self.tokenizer = tokenizer
    self.curriculum = curriculum
    end = tokenizer.token(of: BaseModel.endOfText)!
  }

  /// The documents of the given numbers, each closed by an end-of-text token and cut off at the
  /// context.
  ///
  /// In the order of their lengths, because attention takes sequences of equal length together; no
  /// document sees another.
  func batch(_ numbers: Range<Int>, context: Int) -> [Example] {
    numbers.map { Example(Array((tokenizer.encode(curriculum[$0]) + [end]).prefix(context))) }
      .sorted { $0.tokens.count < $1.tokens.count }
  }
}
