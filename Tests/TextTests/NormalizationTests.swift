import Testing

@testable import Text

@Suite struct NormalizationTests {
  @Test func `every scalar composes as in the library, alone and among marks`() {
    let composition = Oracle.answers.composition
    let different = differences(composition.scalars) { block in
      let scalars = everyScalar[(4352 * block)..<min(4352 * (block + 1), everyScalar.count)]
      return digest(
        scalars.flatMap { c in
          Normalization.composed(
            [c, "\u{316}", "\u{345}", c, "a", "\u{345}", c, "\u{327}", "\u{301}"]
          ).map { Int($0.value) }
        })
    }
    #expect(composition.scalars.count > 1000)
    #expect(different.isEmpty, "blocks \(different) of 4352 scalars")
  }

  @Test func `random sequences of what can compose do so as in the library`() {
    let composition = Oracle.answers.composition
    let pool = numbers(inRanges: composition.pool)
    func string(_ number: Int) -> [Unicode.Scalar] {
      (0..<6).map { Unicode.Scalar(UInt32(pool[scrambled(number, $0) % pool.count]))! }
    }
    let different = differences(composition.mixed) { number in
      digest(Normalization.composed(string(number)).map { Int($0.value) })
    }
    #expect(composition.mixed.count == 4 * composition.strings)
    #expect(different.isEmpty, "\(different.prefix(3).map { string($0).map(\.value) })")
  }

  @Test(arguments: [
    ("e\u{301}", "é"), ("\u{1100}\u{1161}\u{11A8}", "각"), ("\u{212B}", "Å"),
    ("s\u{307}\u{323}", "\u{1E69}"), ("a\u{345}\u{301}", "á\u{345}"), ("\u{958}", "\u{915}\u{93C}"),
  ])
  func `examples`(_ text: String, _ composed: String) {
    #expect(Normalization.composed(Array(text.utf8)) == Array(composed.utf8))
  }

  @Test func `composing stretches is composing everything`() {
    for number in 0..<Oracle.answers.strings {
      let text = Oracle.answers.string(number)
      let whole = Normalization.composed(text.unicodeScalars)
      let stretches = Normalization.composed(Array(text.utf8))
      #expect(Array(String(String.UnicodeScalarView(whole)).utf8) == stretches, "\(text)")
    }
  }

  @Test func `bytes that are not text stay as they are`() {
    let bytes: [UInt8] = [0xFF] + Array("e\u{301}".utf8)
    #expect(Normalization.composed(bytes) == bytes)
  }
}
