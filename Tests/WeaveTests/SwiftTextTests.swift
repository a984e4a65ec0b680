import Testing

@testable import weave

@Suite struct SwiftTextTests {
  private func masked(_ source: String) -> [String] {
    SwiftText(source).masked.map { String(decoding: $0, as: UTF8.self) }
  }

  @Test(arguments: [
    ("let a = \"{\" // }", "let a =         "),
    ("f(/* ( */)", "f(       )"),
    ("/* a /* b */ c */ x", "                  x"),
    ("let s = #\"\"{\"#; }", "let s =       ; }"),
    ("g(\"\\(h(\"}\")) {\") }", "g(             ) }"),
    ("let q = \"\\\"{\"", "let q =      "),
  ])
  func literalsAndCommentsAreBlank(source: String, expected: String) {
    #expect(masked(source) == [expected])
  }

  @Test func multilineStringsSpanLines() {
    let text = SwiftText("let a = \"\"\"\n  //: not prose {\n  \"\"\"\nlet b = 1")
    #expect(text.startsInside == [false, true, true, false])
    #expect(text.masked.allSatisfy { !$0.contains(UInt8(ascii: "{")) })
    #expect(text.masked[3].elementsEqual("let b = 1".utf8))
  }

  @Test func everyLineKeepsItsLength() {
    let source = "let é = \"ü{\"\n/* \n✓ */ f()\n\n"
    let text = SwiftText(source)
    #expect(text.lines.count == text.masked.count)
    for (line, masked) in zip(text.lines, text.masked) { #expect(line.utf8.count == masked.count) }
  }
}
