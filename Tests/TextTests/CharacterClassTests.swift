import Testing

@testable import Text

@Suite struct CharacterClassTests {
  @Test func `every scalar has the class that the library gives it`() {
    let oracle = Oracle.answers
    var expected = [CharacterClass](repeating: .other, count: 0x110000)
    for scalar in numbers(inRanges: oracle.letters) { expected[scalar] = .letter }
    for scalar in numbers(inRanges: oracle.numbers) { expected[scalar] = .number }
    for scalar in numbers(inRanges: oracle.spaces) { expected[scalar] = .space }
    (expected[10], expected[13]) = (.newline, .newline)
    let different = everyScalar.filter { CharacterClass($0.value) != expected[Int($0.value)] }
    #expect(different.isEmpty, "\(different.count): \(different.prefix(5).map(\.value))")
  }

  @Test func `malformed bytes are neither letter nor number nor space`() {
    #expect(CharacterClass(malformed) == .other)
  }
}
