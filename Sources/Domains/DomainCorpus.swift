import Curriculum
import Kernels

/// Documents of all domains, each of one domain only, from a seed.
///
/// Document `i` depends on the seed, the split, the length and `i` alone. The splits share no
/// subject (`Item.subject`), so that no line of one occurs in another.
///
///     let corpus = DomainCorpus(seed: 1, split: .train)
///     corpus[0].domain    // .dates
///     corpus[0].text      // "14 mar 2023 + 20 days = 3 apr 2023\n…"
public struct DomainCorpus: Sendable {
  /// A text, and which domain it is of.
  public struct Document: Equatable, Sendable {
    public let domain: Domain

    /// Whole lines of ASCII, the last one ended, too.
    public let text: String

    /// One token for each character.
    public var tokens: [Int32] { Alphabet.tokens(of: text) }
  }

  public let split: Split

  /// The most characters that a document has. Few have much less: it is filled with items as long
  /// as one fits.
  public let length: Int

  private let root: Generator

  /// The longest item, a Countdown trace, in characters.
  public static let longestItem = 160

  public init(seed: UInt64, split: Split, length: Int = 256) {
    precondition(
      length >= DomainCorpus.longestItem,
      "a document of \(length) characters has no room for \(DomainCorpus.longestItem)")
    self.split = split
    self.length = length
    root = Generator(seed: seed).stream(UInt64(Split.allCases.firstIndex(of: split)!))
  }

  /// Document number `index`; each domain is equally likely.
  public subscript(index: Int) -> Document {
    var generator = root.stream(UInt64(index))
    return document(index, of: generator.pick(Domain.allCases))
  }

  /// Document number `index` of `domain`: another series of documents for each domain.
  public func document(_ index: Int, of domain: Domain) -> Document {
    let rank = Domain.allCases.firstIndex(of: domain)!
    var generator = root.stream(UInt64(index), UInt64(rank))
    var text = ""
    // What does not fit is drawn again a few times, since another item may be shorter.
    var refused = 0
    while refused < 8 {
      let item = domain.item(of: split, &generator)
      if text.utf8.count + item.utf8.count <= length { text += item } else { refused += 1 }
    }
    return Document(domain: domain, text: text)
  }
}
