import Testing

@testable import Domains

@Suite struct AlphabetTests {
  @Test func `Every character has its class`() {
    let classes = Alphabet.tokens(of: "a=7, Z>\n").map(TokenClass.init(of:))
    #expect(
      classes == [
        .letter, .operator, .digit, .punctuation, .space, .letter, .operator, .newline,
      ])
  }

  @Test func `The corpus has tokens of every class`() {
    let corpus = DomainCorpus(seed: 1, split: .train)
    let tokens = (0..<100).flatMap { corpus[$0].tokens }
    #expect(Set(tokens.map(TokenClass.init(of:))) == Set(TokenClass.allCases))
    #expect(tokens.allSatisfy { (0..<Int32(Alphabet.count)).contains($0) })
  }
}
