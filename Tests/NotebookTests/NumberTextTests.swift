import Testing

@testable import Notebook

@Suite struct NumberTextTests {
  static let examples: [(Double, String)] = [
    (0.1, "0.1"), (2.0, "2.0"), (1.0 / 3, "0.333333"), (2.0 / 3, "0.666667"),
    (123_456_789.0, "123457000.0"), (0.000_012_345_678_9, "0.0000123457"), (-1.0 / 3, "-0.333333"),
    (1e-9 / 3, "3.33333e-10"), (1e20 / 3, "3.33333e19"), (999_999.96, "1000000.0"), (-0.0, "-0.0"),
    (9.999_999_9, "10.0"), (Double.infinity, "inf"), (-Double.infinity, "-inf"),
  ]

  @Test(arguments: examples)
  func sixSignificantDigits(number: Double, text: String) {
    #expect(number.significant(6) == text)
  }

  @Test func significantDigitsReadBackAsNearly() {
    var number = 1.234_567_891
    for _ in 0..<300 {
      number *= -0.7361
      let read = Double(number.significant(6))
      #expect(read != nil)
      #expect(abs(read! - number) <= abs(number) * 5.1e-6)
    }
  }

  @Test func notANumberIsWrittenAsSuch() {
    // Processors differ in the sign of a NaN that they make.
    for number in [Double.nan, -Double.nan] {
      #expect(number.significant(3) == "nan")
      #expect(number.pinnedText == "nan" && Float(number).pinnedText == "nan")
    }
  }

  @Test func listsAreAbridged() {
    #expect(shownText([1, 2, 3] as [Float]) == "[1.0, 2.0, 3.0]")
    #expect(
      shownText(Array(0..<100)) == "[0, 1, 2, 3, 4, 5, 6, 7, …, 98, 99] (100 numbers)")
    #expect(shownText(Array(0..<16)).contains("15]"))
    #expect(shownText([Double]()) == "[]")
  }

  @Test func pinsReadBackToTheSameBits() {
    var bits: UInt32 = 12345
    for _ in 0..<1000 {
      bits = bits &* 1_664_525 &+ 1_013_904_223
      let number = Float(bitPattern: bits)
      guard number.isFinite else { continue }
      #expect(Float(number.pinnedText)?.bitPattern == bits)
    }
  }
}
