import Testing

@testable import Safetensors

@Suite struct JSONScannerTests {
  @Test func `Objects, arrays, strings and numbers are read in order`() throws {
    var scanner = JSONScanner(Array(#" { "a" : [1, 20 ,0], "é\n":[] } "#.utf8), file: "f")
    var seen: [String: [Int]] = [:]
    try scanner.object { (scanner, name) throws(SafetensorsError) in
      var numbers: [Int] = []
      try scanner.array { (scanner) throws(SafetensorsError) in
        numbers.append(try scanner.unsigned())
      }
      seen[name] = numbers
    }
    try scanner.end()
    #expect(seen == ["a": [1, 20, 0], "é\n": []])
  }

  @Test(arguments: [
    #""""#: "", #""a\"\\\/\b\f\n\r\t""#: "a\"\\/\u{8}\u{C}\n\r\t", #""\u00e9\uD83c\udf32""#: "é🌲",
    #""é🌲""#: "é🌲", #""\u0000""#: "\0",
  ])
  func `Strings are decoded`(json: String, text: String) throws {
    var scanner = JSONScanner(Array(json.utf8), file: "f")
    #expect(try scanner.string() == text)
    try scanner.end()
  }

  @Test(arguments: [
    #"""#, #""a"#, #""\"#, #""\u12"#, #""\u12g4""#, #""\ud83c""#, #""\udf32""#, #""\ud83cA""#,
    #""\ud83c\ud83c""#, "\"\n\"", "\"\u{0}\"", #""\a""#, "a",
  ])
  func `Bad strings are refused`(json: String) {
    var scanner = JSONScanner(Array(json.utf8), file: "f")
    #expect(throws: SafetensorsError.self) { try scanner.string() }
  }

  @Test(arguments: ["0": 0, "7": 7, " 10": 10, "9223372036854775807": Int.max])
  func `Whole numbers are read`(json: String, number: Int) throws {
    var scanner = JSONScanner(Array(json.utf8), file: "f")
    #expect(try scanner.unsigned() == number)
    try scanner.end()
  }

  @Test(arguments: [
    "", "-1", "-0", "01", "00", "1.0", "1e2", "1E2", "9223372036854775808", "x", "\"1\"", "+1",
    "99999999999999999999999999",
  ])
  func `Other numbers are refused`(json: String) {
    var scanner = JSONScanner(Array(json.utf8), file: "f")
    #expect(throws: SafetensorsError.self) { try scanner.unsigned() }
  }

  @Test(arguments: [
    "null", "true", "false", "-0", "0.5", "-12.25e+10", "1E-3", "{}", "[]", "[[],{}]",
    #"{"a":[1,{"b":"c"}],"d":null}"#,
    String(repeating: "[", count: 128)
      + String(repeating: "]", count: 128),
  ])
  func `Any value is skipped`(json: String) throws {
    var scanner = JSONScanner(Array(json.utf8), file: "f")
    try scanner.skip()
    try scanner.end()
  }

  @Test(arguments: [
    "", "nul", "truth", "-", "01", "1.", ".5", "1e", "1e+", "[", "[1", "[1,]", "[,]", "{", "{a}",
    #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, "[1 2]", "{} {}", "NaN", "Infinity", "'a'", "//",
    String(repeating: "[", count: 129) + String(repeating: "]", count: 129),
    String(repeating: #"{"a":"#, count: 100_000),
  ])
  func `Bad JSON is refused`(json: String) {
    var scanner = JSONScanner(Array(json.utf8), file: "f")
    #expect(throws: SafetensorsError.self) {
      try scanner.skip()
      try scanner.end()
    }
  }

  @Test func `A failure names the tensor and the byte`() {
    var scanner = JSONScanner(Array(#"["a",x]"#.utf8), at: 8, file: "f")
    scanner.tensor = "w"
    #expect(
      throws: SafetensorsError(.malformed("not a value", at: 13), file: "f", tensor: "w")
    ) { try scanner.skip() }
  }
}
