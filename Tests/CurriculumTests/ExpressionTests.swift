import Kernels
import Testing

@testable import Curriculum

@Suite struct ExpressionTests {
  @Test(arguments: [
    ("(6*4)+3", Rational(27)), ("6*4+3", Rational(27)), ("6*(4+3)", Rational(42)),
    ("10-4-3", Rational(3)), ("24/4/3", Rational(2)), ("24/(4/3)", Rational(18)),
    ("8/(3-8/3)", Rational(24)), (" ( 7 ) ", Rational(7)), ("1/2", Rational(1, 2)),
    ("5/0", nil), ("5/(3-3)", nil), ("999999999*999999999*999999999", nil),
  ])
  func `Infix text has the usual value`(text: String, value: Rational?) throws {
    #expect(try #require(Expression(parsing: text)).value == value)
  }

  @Test(arguments: [
    "", " ", "()", "(", ")", "(4", "4)", "4 6", "46 3", "4+", "+4", "-4", "4--3", "4*-3", "2**3",
    "7//2", "2^3", "4(6)", "(4)(6)", "3.5*2", "4.", ".4", "04", "00", "1_000", "1e3", "0x10",
    "4×6", "4÷2", "4−2", "٤*6", "４*6", "²", "4²", "4\u{301}+6", "4+6=10", "4,6", "4+6;", "a+4",
    "4\t+6", "4\n+6", "4\u{a0}+6", "4\0+6", "__import__('os')", "1000000000",
    String(repeating: "(", count: 100_000), String(repeating: "1+", count: 1_000) + "1",
  ])
  func `Anything but plain arithmetic is refused`(text: String) {
    #expect(Expression(parsing: text) == nil)
  }

  @Test func `Nesting as deep as the longest text allows is read`() {
    let depth = (Expression.longestText - 1) / 2
    let text = String(repeating: "(", count: depth) + "4" + String(repeating: ")", count: depth)
    #expect(Expression(parsing: text)?.numbers == [4])
  }

  @Test func `Every way to work four numbers is read back as it was written`() {
    for way in waysToWork([1, 2, 5, 12]) { #expect(Expression(parsing: way.infix) == way) }
  }

  @Test func `Worked form is the steps in order`() {
    #expect(Expression(parsing: "(12*5)+(2-1)")?.worked == "12*5=60,2-1=1,60+1=61")
    #expect(Expression(parsing: "8/3")?.worked == nil)
  }

  /// Texts over the parser's own alphabet are the ones that reach its depths.
  @Test func `Random text never traps, and what is read is written back with the same value`() {
    let alphabet = Array("0123456789+-*/() =,.\u{301}")
    var generator = Generator(seed: 11)
    var read = 0
    for _ in 0..<20_000 {
      let text = String(
        (0..<generator.uniform(below: 12)).map { _ in
          alphabet[generator.uniform(below: alphabet.count)]
        })
      guard let expression = Expression(parsing: text) else { continue }
      read += 1
      #expect(Expression(parsing: expression.infix) == expression, "\(text)")
    }
    #expect(read > 100)
  }
}
