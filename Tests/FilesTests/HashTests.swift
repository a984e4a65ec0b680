import Files
import Testing

@Suite struct HashTests {
  /// From the draft of the authors, `draft-eastlake-fnv`.
  @Test(arguments: [
    ("", "cbf29ce484222325"), ("a", "af63dc4c8601ec8c"), ("foobar", "85944171f73967e8"),
  ])
  func `FNV-1a is that of its authors`(_ text: String, _ hash: String) {
    #expect(text.utf8.reduce(into: FNV()) { $0.combine(UInt64($1)) }.text == hash)
  }

  @Test func `A hash of words tells every byte and every length apart`() {
    func hash(_ bytes: [UInt8]) -> String {
      var hash = WordHash()
      hash.combine(bytes.span)
      return hash.text
    }
    let bytes = [UInt8](0..<21)
    var hashes: Set = [hash(bytes), hash([]), hash([0])]
    for place in bytes.indices {
      var other = bytes
      other[place] ^= 1
      hashes.insert(hash(other))
    }
    #expect(hashes.count == bytes.count + 3 && hashes.allSatisfy { $0.count == 16 })
  }
}
