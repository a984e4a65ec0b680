import Testing

@testable import Text

@Suite struct BytePairsTests {
  private let tinned = BytePairs.train(on: ["tin tins tinned"], vocabulary: 300)

  @Test func `the example of the documentation`() {
    let tokens = tinned.merges.map { tinned.decode([$0.left, $0.right]) }
    #expect(tokens == ["in", "tin", " tin"])
    #expect(tinned.encode("tint tin") == [257, 116, 258])
    #expect(tinned.vocabularyCount == 259)
  }

  @Test func `training is a function of the text, not of its order or of the process`() {
    let words = (0..<400).map { "word\(scrambled($0, 1) % 90)s " }
    let one = BytePairs.train(on: words, vocabulary: 330, splitting: .gpt2)
    let other = BytePairs.train(on: words.reversed(), vocabulary: 330, splitting: .gpt2)
    #expect(one.merges == other.merges)
    #expect(one.merges.count > 20)
  }

  @Test func `added tokens come last and are never part of a merge`() {
    let tokenizer = BytePairs.train(
      on: [String(repeating: "<think>x</think>", count: 9)], vocabulary: 300,
      addedTokens: ["<think>", "</think>"])
    #expect(tokenizer.merges.isEmpty)
    #expect(tokenizer.encode("<think>x</think>") == [256, 120, 257])
    #expect(tokenizer.decode([256, 120, 257], skippingSpecialTokens: true) == "x")
  }

  @Test func `overlapping pairs count, and merge from the left`() {
    let tokenizer = BytePairs.train(on: ["aaaaa"], vocabulary: 258)
    #expect(tokenizer.encode("aaaaa") == [256, 256, 97])
    #expect(tokenizer.merges.map(\.token) == [256])
  }

  @Test func `two ways to one token share it`() {
    // bc goes first, so that abc is reached as a+bc although ab+c was learnt before it.
    let merges: [BytePairs.Merge] = [
      .init(left: 98, right: 99, token: 256), .init(left: 97, right: 98, token: 257),
      .init(left: 257, right: 99, token: 258), .init(left: 97, right: 256, token: 258),
    ]
    let vocabulary = Vocabulary(
      tokens: ["bc", "ab", "abc"].map { Array($0.utf8) }, addedTokens: [])
    let tokenizer = BytePairs(
      pipeline: Pipeline(vocabulary: vocabulary, splitting: .gpt2), merges: merges)
    #expect(tokenizer.encode("abc") == [258])
    #expect(tokenizer.encode("abab") == [257, 257])
  }

  @Test func `any bytes come back`() {
    let corpus = (0..<200).map { Oracle.answers.string($0) }
    let tokenizer = BytePairs.train(on: corpus, vocabulary: 500)
    for number in 0..<1000 {
      let bytes = (0..<40).map { UInt8(truncatingIfNeeded: scrambled(number, $0) >> number % 8) }
      #expect(tokenizer.decodeBytes(tokenizer.encode(bytes: bytes)) == bytes)
    }
    for number in 0..<1000 {
      let text = Oracle.answers.string(number)
      #expect(tokenizer.decode(tokenizer.encode(text)).utf8.elementsEqual(text.utf8))
    }
  }

  /// The definition, step by step: the earliest merge, leftmost, until there is none.
  private func naive(_ piece: String) -> [Int32] {
    var tokens = piece.utf8.map { Int32($0) }
    while true {
      let orders = zip(tokens, tokens.dropFirst()).map { left, right in
        tinnedWords.merges.firstIndex { $0.left == left && $0.right == right } ?? .max
      }
      guard let order = orders.min(), order < .max else { return tokens }
      let place = orders.firstIndex(of: order)!
      tokens.replaceSubrange(place...place + 1, with: [tinnedWords.merges[order].token])
    }
  }

  private let tinnedWords = BytePairs.train(
    on: ["tin tins tinned titan nit in nine int tint antenna nan banana inn ninny"],
    vocabulary: 290)

  @Test func `merging by a heap is merging by the definition`() {
    for number in 0..<600 {
      let letters = Array("tinab".unicodeScalars)
      let piece = String(
        String.UnicodeScalarView(
          (0..<1 + number % 60).map { letters[scrambled(number, $0) % 5] }))
      #expect(tinnedWords.encode(piece) == naive(piece), "\(piece)")
    }
  }

  @Test func `a megabyte without a space is a matter of moments`() {
    let text = String(repeating: "tin", count: 350_000)
    #expect(tinned.encode(text) == [Int32](repeating: 257, count: 350_000))
  }
}
