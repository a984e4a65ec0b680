import Kernels
import Testing

@testable import Domains

@Suite struct RecallTests {
  private let book = PhoneBook(entries: 100, letters: 2, digits: 3, seed: 1)

  /// A model that gives the true next digit the logit `certainty` for the entries in `known`, and
  /// finds all ten digits alike otherwise.
  private func model(
    knowing known: Set<String>, certainty: Float
  ) -> ([Int32], [Int]) -> [Float] {
    let numbers = Dictionary(uniqueKeysWithValues: zip(book.names, book.numbers))
    return { tokens, lengths in
      var logits: [Float] = []
      var start = 0
      for length in lengths {
        let text = Alphabet.text(of: tokens[start..<start + length])
        let name = String(text.prefix(2))
        for position in 0..<length {
          var row = [Float](repeating: -100, count: Alphabet.count)
          for digit in 48..<58 { row[digit] = 0 }
          if position >= 2, known.contains(name) {
            row[Int(Array(numbers[name]!.utf8)[position - 2])] = certainty
          }
          logits += row
        }
        start += length
      }
      return logits
    }
  }

  @Test(arguments: [7, 100, 512])
  func `What a model knows is what is counted`(atOnce: Int) {
    let known = Set(book.names.prefix(40))
    let recall = book.recall(atOnce: atOnce, logits: model(knowing: known, certainty: 30))
    // Ignorance takes the first of equals, 0, and so meets a number of noughts by chance.
    let lucky = book.numbers.dropFirst(40).count { $0 == "000" }
    #expect(recall.entries == 100 && recall.recalled == 40 + lucky)
    #expect(recall.rate == Double(40 + lucky) / 100)
    #expect(abs(recall.natsPerNumber - 0.6 * book.natsOfChance) < 1e-5)
  }

  @Test func `A number is recalled whole or not at all`() {
    let all = model(knowing: Set(book.names), certainty: 5)
    // The second of three digits is spoilt.
    let recall = book.recall { tokens, lengths in
      var logits = all(tokens, lengths)
      for sequence in lengths.indices {
        let row = (sequence * 5 + 3) * Alphabet.count
        for digit in 48..<58 { logits[row + digit] = 0 }
        logits[row + 65] = 1
      }
      return logits
    }
    #expect(recall.recalled == 0)
    let certain = book.recall(logits: all)
    #expect(certain.rate == 1)
    #expect(certain.natsPerNumber < recall.natsPerNumber)
  }

  @Test func `A model that finds all tokens alike has the surprisal of the alphabet`() {
    let recall = book.recall { tokens, _ in
      Array(repeating: 0, count: tokens.count * Alphabet.count)
    }
    #expect(abs(recall.natsPerNumber - 3 * Double(logarithm(Float(Alphabet.count)))) < 1e-4)
    #expect(abs(book.natsOfChance - 6.907755) < 1e-5 && abs(book.nats - 690.7755) < 1e-3)
  }
}
