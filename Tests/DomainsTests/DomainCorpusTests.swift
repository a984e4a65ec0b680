import Curriculum
import Testing
import Text

@testable import Domains

@Suite struct DomainCorpusTests {
  static let documents = Dictionary(
    uniqueKeysWithValues: Split.allCases.map { split in
      let corpus = DomainCorpus(seed: 1, split: split)
      return (split, (0..<3000).map { corpus[$0] })
    })

  @Test func `A document depends on the seed, the split and its number alone`() {
    let corpus = DomainCorpus(seed: 1, split: .train)
    for index in [2999, 0, 123] { #expect(corpus[index] == Self.documents[.train]![index]) }
    let other = DomainCorpus(seed: 2, split: .train)
    #expect((0..<100).count { other[$0].text == corpus[$0].text } < 3)
    #expect(corpus.document(5, of: .dates).text != corpus.document(6, of: .dates).text)
  }

  @Test func `Every domain is there, about equally often`() {
    let counts = Domain.allCases.map { domain in
      Self.documents[.train]!.count { $0.domain == domain }
    }
    #expect(counts.allSatisfy { (300...450).contains($0) }, "\(counts)")
  }

  @Test(arguments: [160, 256, 1000])
  func `Documents are whole lines, and nearly as long as they may be`(length: Int) {
    let corpus = DomainCorpus(seed: 3, split: .train, length: length)
    for domain in Domain.allCases {
      let texts = (0..<100).map { corpus.document($0, of: domain).text }
      #expect(texts.allSatisfy { (1...length).contains($0.utf8.count) && $0.hasSuffix("\n") })
      let mean = texts.reduce(0) { $0 + $1.utf8.count } / texts.count
      #expect(mean > length * 3 / 5, "\(domain): \(mean) of \(length)")
      #expect(domain == .countdown || mean > length * 9 / 10, "\(domain): \(mean) of \(length)")
    }
  }

  @Test func `No item is longer than the shortest document`() {
    let corpus = DomainCorpus(seed: 4, split: .train, length: 160)
    for domain in Domain.allCases {
      #expect((0..<500).allSatisfy { !corpus.document($0, of: domain).text.isEmpty })
    }
  }

  @Test func `The tokens are those of the character tokenizer`() {
    let tokenizer = CharacterTokenizer(of: "")
    for document in Self.documents[.train]!.prefix(50) {
      #expect(document.tokens == tokenizer.encode(document.text))
      #expect(Alphabet.text(of: document.tokens) == document.text)
    }
  }

  /// What two splits must not share, found in the text by means that share nothing with the
  /// generator: whole items, and what gives the answer of another item away.
  @Test func `The splits share no item`() throws {
    let secrets = Self.documents.mapValues { documents in
      Set(documents.flatMap { subjects(of: $0) })
    }
    for (a, b) in [(Split.train, Split.validation), (.train, .heldOut), (.validation, .heldOut)] {
      let shared = secrets[a]!.intersection(secrets[b]!).sorted()
      #expect(shared.count == 0, "\(shared.prefix(3))")
    }
    #expect(secrets.values.allSatisfy { $0.count > 8000 }, "the scan must see the items")
  }
}

/// What the items of a document are about, each under the name of its domain.
private func subjects(of document: DomainCorpus.Document) -> [String] {
  let lines = document.text.split(separator: "\n").map(String.init)
  let subjects: [String] =
    switch document.domain {
    case .arithmetic:
      lines.map { line in
        let numbers = line.split { !$0.isNumber }.map { Int($0)! }
        let symbol = line.first { "+-*/".contains($0) }!
        // What is added or multiplied: 54 and 37 in 91-37=54, 7 and 13 in 91/7=13.
        let parts = "+*".contains(symbol) ? numbers[..<2] : numbers[1...]
        return "\("+-".contains(symbol) ? "sum" : "product") \(parts.sorted())"
      }
    case .countdown:
      lines.filter { $0.hasPrefix("make") }.map { line in
        "\(line.split(separator: " ").dropFirst(3).map { Int($0)! }.sorted())"
      }
    case .dates: lines.map { $0.split(separator: " ").prefix(3).joined(separator: " ") }
    case .sorting: lines.map { String($0.split(separator: ":")[1]) }
    case .reversal:
      lines.map { line in
        line.split(separator: " ").dropFirst().map { String($0.filter(\.isLetter)) }.min()!
      }
    case .sentences: lines
    case .numerals: lines.map { $0.filter(\.isNumber) }
    case .programs: document.text.components(endingWith: ">")
    }
  return subjects.map { "\(document.domain) \($0)" }
}

extension String {
  /// Runs of lines, each of which ends with a line that begins with `mark`.
  func components(endingWith mark: String) -> [String] {
    var runs = [""]
    for line in split(separator: "\n") {
      runs[runs.count - 1] += line + "\n"
      if line.hasPrefix(mark) { runs.append("") }
    }
    return runs.filter { !$0.isEmpty }
  }
}
