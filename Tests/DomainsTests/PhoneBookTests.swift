import Testing

@testable import Domains

@Suite struct PhoneBookTests {
  private let book = PhoneBook(entries: 300, seed: 1)

  @Test func `Names are all different, and the seed decides them`() {
    #expect(Set(book.names).count == 300)
    #expect(book.names.allSatisfy { $0.count == 3 && $0.allSatisfy(\.isLowercase) })
    #expect(book.numbers.allSatisfy { $0.count == 4 && $0.allSatisfy(\.isNumber) })
    let again = PhoneBook(entries: 300, seed: 1)
    #expect(again.names == book.names && again.numbers == book.numbers)
    #expect(PhoneBook(entries: 300, seed: 2).names != book.names)
    let longer = PhoneBook(entries: 20, letters: 2, digits: 7, seed: 1)
    #expect(longer[3].count == 10 && longer.given == 3)
  }

  @Test func `Digits are about equally frequent`() {
    let digits = PhoneBook(entries: 8000, seed: 5).numbers.joined()
    for digit in "0123456789" {
      #expect((3000...3400).contains(digits.count { $0 == digit }))
    }
  }

  @Test func `An entry is given up to its equals sign`() {
    let tokens = book[17]
    #expect(Alphabet.text(of: tokens) == "\(book.names[17])=\(book.numbers[17])")
    #expect(Alphabet.text(of: tokens.prefix(book.given)).last == "=")
    #expect(tokens.count == book.given + book.digits)
  }

  /// Sizes that divide the book, that do not, and that exceed it.
  @Test(arguments: [50, 77, 300, 700])
  func `Every entry is read once before any is read again`(size: Int) {
    let read = (0..<21).flatMap { book.batch($0, size: size) }
    #expect(read.count == 21 * size)
    let readings = stride(from: 0, through: read.count - 300, by: 300).map { read[$0..<$0 + 300] }
    for reading in readings { #expect(reading.sorted() == Array(0..<300)) }
    if readings.count > 1 { #expect(readings[0] != readings[1], "each reading has its own order") }
    #expect(book.batch(7, size: size) == Array(read[7 * size..<8 * size]))
  }
}
