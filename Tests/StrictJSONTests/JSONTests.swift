import Foundation
import Testing

@testable import StrictJSON

@Suite struct JSONTests {
  @Test(arguments: [
    "null", "true", "[]", "{}", "[\n  1,\n  -2\n]", "{\n  \"a\": {},\n  \"b\": [\n    0\n  ]\n}",
    #""\"\\\b\f\n\r\t\u0000\u001f é 🙂 ""#, "9223372036854775807", "1.5",
  ])
  func `what is written is what was read`(_ text: String) throws {
    #expect(try JSON(parsing: Array(text.utf8)).description == text)
  }

  @Test(arguments: [
    "null", "[]", "{}", "[1, -2]", #"{"a": {}, "b": [0, 1.5], "c\n": "d"}"#,
  ])
  func `a value on one line is what was read`(_ text: String) throws {
    #expect(try JSON(parsing: Array(text.utf8)).line == text)
  }

  @Test(arguments: [
    (#""\ud83d\ude42\u00e9\/""#, #""🙂é/""#), (" [ 1 , 2e0 ]\r\n", "[\n  1,\n  2.0\n]"),
    ("9223372036854775808", "9.223372036854776e+18"), ("-0", "0"),
  ])
  func `other ways to write the same`(_ text: String, _ written: String) throws {
    #expect(try JSON(parsing: Array(text.utf8)).description == written)
  }

  @Test(arguments: [
    ("", 0), ("nul", 3), ("nil", 1), ("[1,]", 3), ("[1 2]", 3), ("{\"a\" 1}", 5), ("{a: 1}", 1),
    ("{\"a\": 1, \"a\": 2}", 9), ("01", 0), ("-", 1), ("1.", 2), ("1e", 2), ("1e999", 0), ("+1", 0),
    ("\"\n\"", 1), ("\"abc", 4), (#""\x""#, 3), (#""\u12g4""#, 5), (#""\ud83d""#, 7),
    (#""\ude42""#, 7), ("1 1", 2), ("\u{FEFF}1", 0), (String(repeating: "[", count: 9999), 65),
  ])
  func `what is not JSON is refused with its place`(_ text: String, _ offset: Int) {
    let error = #expect(throws: JSON.ParseError.self) { try JSON(parsing: Array(text.utf8)) }
    #expect(error?.offset == offset, "\(error?.problem ?? "")")
  }

  @Test func `a string that is not UTF-8 is refused`() {
    let error = #expect(throws: JSON.ParseError.self) { try JSON(parsing: [0x22, 0xC3, 0x22]) }
    #expect(error?.problem == "the string is not UTF-8")
  }

  @Test func `names are compared by their scalars`() throws {
    // K and the Kelvin sign are equal as Swift strings.
    let json = try JSON(parsing: Array("{\"\u{212A}\": 1, \"K\": 2}".utf8))
    guard case .integer(2)? = json["K"] else {
      Issue.record("K is \(String(describing: json["K"]))")
      return
    }
  }
}
