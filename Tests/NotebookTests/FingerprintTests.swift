import Testing

@testable import Notebook

@Suite struct FingerprintTests {
  private func hash(_ texts: String...) -> String {
    var hash = Fingerprint()
    for text in texts { hash.combine(text) }
    return hash.text
  }

  @Test func boundariesMatter() {
    #expect(hash("ab", "c") != hash("a", "bc"))
    #expect(hash("ab", "c") == hash("ab", "c"))
    #expect(hash("") != hash())
  }

  @Test func sixteenDigits() {
    for text in ["", "a", "b", "c", "d"] { #expect(hash(text).count == 16) }
  }
}
