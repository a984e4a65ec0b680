import Domains
import Training
import Transformer

/// What the models of a trial have to learn.
public enum Workload: String, CaseIterable, Codable, Sendable {
  /// Texts of eight domains, told apart by their characters.
  case text
  /// A phone book, to be known by heart: as much as the weights can hold.
  case recall

  /// How many experts a mixture has.
  static let experts = 8

  /// How many of them a token visits.
  var expertsPerToken: Int { self == .text ? 2 : 1 }

  /// The inner width of the dense layer.
  var feedForwardWidth: Int { self == .text ? 128 : 32 }

  /// A decoder with dense layers of inner width `width`.
  func configuration(feedForwardWidth width: Int) -> Configuration {
    switch self {
    case .text:
      Configuration(
        vocabulary: Alphabet.count, width: 64, layers: 3, heads: 4, feedForwardWidth: width,
        context: 256)
    case .recall:
      Configuration(
        vocabulary: Alphabet.count, width: 32, layers: 2, heads: 2, feedForwardWidth: width,
        context: 8)
    }
  }

  /// How many steps a trial takes.
  public var steps: Int { self == .text ? 500 : 2400 }

  /// The phone book of all trials with this seed.
  public static func phoneBook(seed: UInt64) -> PhoneBook { PhoneBook(entries: 4000, seed: seed) }

  /// What is read at each step, counted from 0.
  func reading(seed: UInt64) -> (_ step: Int) -> [Example] {
    switch self {
    case .text:
      let corpus = DomainCorpus(seed: seed, split: .train)
      return { step in (0..<8).map { Example(corpus[step * 8 + $0].tokens) } }
    case .recall:
      let book = Workload.phoneBook(seed: seed)
      return { step in book.batch(step, size: 256).map { Example(book[$0], given: book.given) } }
    }
  }
}
