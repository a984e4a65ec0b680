import Testing

@testable import Text

@Suite struct ByteStringsTests {
  @Test func `strings are numbered as they come and found again`() {
    var strings = ByteStrings()
    var numbers: [[UInt8]: Int] = [:]
    for i in 0..<5000 {
      let string = (0..<scrambled(i, 0) % 4).map { UInt8(scrambled(i, $0 + 1) % 9) }
      let number = strings.insert(string.span)
      #expect(number == numbers[string] ?? numbers.count)
      numbers[string] = number
    }
    #expect(strings.count == numbers.count)
    for (string, number) in numbers {
      #expect(strings.find(string.span) == number)
      #expect(Array(strings[number]) == string)
    }
    #expect(strings.find([9].span) == nil)
  }

  @Test func `appended strings have a number but are not found`() {
    var strings = ByteStrings()
    strings.append([1].span)
    #expect(strings.find([1].span) == nil)
    #expect(strings.insert([1].span) == 1)
    #expect(Array(strings[0]) == [1])
  }
}
