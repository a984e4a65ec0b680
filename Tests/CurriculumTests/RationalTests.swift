import Testing

@testable import Curriculum

@Suite struct RationalTests {
  @Test func `Fractions are kept in lowest terms with a positive denominator`() {
    #expect(Rational(6, -4) == Rational(-3, 2))
    #expect(Rational(0, -7) == Rational(0))
    #expect(Rational(1, 0) == nil)
    #expect(Rational(8, 4)?.whole == 2)
    #expect(Rational(8, 3)?.whole == nil)
  }

  @Test func `The four operations are exact`() throws {
    let (third, sixth) = (try #require(Rational(1, 3)), try #require(Rational(1, 6)))
    #expect(third + sixth == Rational(1, 2))
    #expect(third - sixth == sixth)
    #expect(third * sixth == Rational(1, 18))
    #expect(third / sixth == Rational(2))
    #expect(third / Rational(0) == nil)
  }

  /// The identities that define the operations, over every pair of small fractions.
  @Test func `Sums, products and their inverses undo each other`() {
    let fractions = (-4...4).flatMap { n in (1...4).compactMap { Rational(n, $0) } }
    for a in fractions {
      for b in fractions {
        #expect((a + b).flatMap { $0 - b } == a)
        #expect(a + b == b + a)
        #expect(a * b == b * a)
        if b != Rational(0) {
          #expect((a / b).flatMap { $0 * b } == a)
        }
      }
    }
  }

  @Test(arguments: [Int.max, .min, .min + 1, 1 << 62, -1, 0])
  func `What does not fit in 64 bits is nil, never a trap`(extreme: Int) {
    let (a, b) = (Rational(extreme), Rational(Int.max))
    for symbol in Operator.allCases {
      for (left, right) in [(a, b), (b, a), (a, a), (b, b)] { _ = symbol(left, right) }
    }
    #expect(b + Rational(1) == nil)
    #expect(b * Rational(2) == nil)
    #expect(Rational(.min) - Rational(1) == nil)
  }
}
