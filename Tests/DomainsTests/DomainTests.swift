import Curriculum
import Foundation
import Testing

@testable import Domains

/// What is true of the text is checked on the text, by functions that share nothing with the
/// generator.
@Suite struct DomainTests {
  private func lines(_ domain: Domain, _ documents: Int = 400) -> [String] {
    let corpus = DomainCorpus(seed: 7, split: .train)
    return (0..<documents).flatMap { corpus.document($0, of: domain).text.split(separator: "\n") }
      .map(String.init)
  }

  @Test func `Arithmetic is true, in all four operations`() throws {
    var seen: [Character: Int] = [:]
    for line in lines(.arithmetic) {
      let symbol = try #require(line.first { "+-*/".contains($0) })
      let numbers = line.split { !$0.isNumber }.map { Int($0)! }
      try #require(line == "\(numbers[0])\(symbol)\(numbers[1])=\(numbers[2])")
      let isTrue =
        switch symbol {
        case "+": numbers[0] + numbers[1] == numbers[2]
        case "-": numbers[0] - numbers[1] == numbers[2]
        case "*": numbers[0] * numbers[1] == numbers[2]
        default: numbers[1] != 0 && numbers[1] * numbers[2] == numbers[0]
        }
      #expect(isTrue, "\(line)")
      seen[symbol, default: 0] += 1
    }
    #expect(seen.count == 4 && seen.values.allSatisfy { $0 > 1000 }, "\(seen)")
  }

  @Test func `Every Countdown trace judges rightly and ends with a solution`() throws {
    let corpus = DomainCorpus(seed: 7, split: .validation)
    var traces = 0
    for document in (0..<300).map({ corpus.document($0, of: .countdown).text }) {
      for text in document.components(endingWith: "<answer>") {
        let end = try #require(text.firstIndex(of: "\n"))
        let problem = try #require(Problem(parsing: String(text[...end])))
        #expect(problem.split == .validation)
        let completion = Completion(parsing: String(text[end...].dropFirst()))
        #expect(completion.isWellFormed && completion.solves(problem), "\(text)")
        for (index, attempt) in completion.attempts.enumerated() {
          #expect(attempt.isWay(toWork: problem))
          #expect(attempt.steps?.allSatisfy(\.isTrue) == true)
          #expect(attempt.verdict == attempt.hits(problem))
          #expect(attempt.hits(problem) == (index == completion.attempts.count - 1))
        }
        traces += 1
      }
    }
    #expect(traces > 300)
  }

  /// Against Foundation's calendar.
  @Test func `Dates are right`() throws {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
    let months = "jan feb mar apr may jun jul aug sep oct nov dec".split(separator: " ")
    let weekdays = "sunday monday tuesday wednesday thursday friday saturday".split(separator: " ")
    func day(_ words: ArraySlice<Substring>) throws -> Date {
      let words = Array(words)
      let month = try #require(months.firstIndex(of: words[1])) + 1
      let parts = DateComponents(year: Int(words[2]), month: month, day: Int(words[0]))
      return try #require(calendar.date(from: parts))
    }
    func distance(_ a: Date, _ b: Date) -> Int? {
      calendar.dateComponents([.day], from: a, to: b).day
    }
    var kinds: [Substring: Int] = [:]
    for line in lines(.dates) {
      let words = line.split(separator: " ")[...]
      let first = try day(words[0..<3])
      kinds[words[3], default: 0] += 1
      switch words[3] {
      case "is":
        let weekday = weekdays[calendar.component(.weekday, from: first) - 1]
        #expect(words[4...].joined(separator: " ") == "a \(weekday)", "\(line)")
      case "+":
        #expect(words[6] == "=" && words.count == 10)
        #expect(try distance(first, day(words[7..<10])) == Int(words[4]), "\(line)")
      default:
        #expect(words[3] == "to" && words[7] == "is" && words.count == 10)
        #expect(try distance(first, day(words[4..<7])) == Int(words[8]), "\(line)")
      }
    }
    #expect(kinds.count == 3 && kinds.values.allSatisfy { $0 > 500 }, "\(kinds)")
  }

  @Test func `The calendar has the days of two centuries`() {
    #expect(Day.count == 200 * 365 + 49)  // 1900 was no leap year, 2000 was.
    #expect("\(Day(number: 0))" == "1 jan 1900")
    #expect("\(Day(number: Day.count - 1))" == "31 dec 2099")
  }

  @Test func `Sorted lists are sorted, and reversed words reversed`() throws {
    for line in lines(.sorting) {
      let sides = line.split(separator: ":").map { side in
        side.split { !$0.isNumber }.map { Int($0)! }
      }
      #expect(line.hasPrefix("sort ") && sides[0].sorted() == sides[1], "\(line)")
      #expect((3...7).contains(sides[0].count))
    }
    for line in lines(.reversal) {
      let words = line.split(separator: " ")
      #expect(words[0] == "reverse" && words.count == 3)
      #expect(words[1] == words[2].reversed() + ":", "\(line)")
      #expect((4...9).contains(words[2].count))
    }
  }

  @Test func `Roman numerals are read back by adding and subtracting letters`() throws {
    let values: [Character: Int] = [
      "I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000,
    ]
    var romanFirst = 0
    for line in lines(.numerals) {
      let sides = line.split(separator: " ")
      #expect(sides.count == 3 && sides[1] == "=")
      let isRomanFirst = Int(sides[0]) == nil
      let (roman, number) = isRomanFirst ? (sides[0], sides[2]) : (sides[2], sides[0])
      let letters = try roman.map { try #require(values[$0]) }
      // A letter before a larger one is subtracted.
      let sum = zip(letters, letters.dropFirst() + [0]).reduce(0) {
        $0 + ($1.0 < $1.1 ? -$1.0 : $1.0)
      }
      #expect(sum == Int(number), "\(line)")
      #expect(!["IIII", "VV", "XXXX", "LL", "CCCC", "DD", "MMMM"].contains { roman.contains($0) })
      romanFirst += isRomanFirst ? 1 : 0
    }
    #expect(romanFirst > 1000)
  }

  @Test func `Programs print what running them gives`() throws {
    var variables: [String: Int] = [:]
    var printed: Int?
    var programs = 0
    func value(_ expression: Substring) throws -> Int {
      let symbol = expression.first { "+-*".contains($0) }
      let operands = try expression.split { "+-*".contains($0) }.map { operand in
        try #require(Int(operand) ?? variables[String(operand)], "\(expression) has no value")
      }
      switch symbol {
      case "+": return operands[0] + operands[1]
      case "-": return operands[0] - operands[1]
      case "*": return operands[0] * operands[1]
      default: return operands[0]
      }
    }
    for line in lines(.programs) {
      if line.hasPrefix("print ") {
        printed = try value(line.dropFirst(6))
      } else if line.hasPrefix("> ") {
        #expect(Int(line.dropFirst(2)) == printed && printed != nil, "\(line)")
        (variables, printed) = ([:], nil)
        programs += 1
      } else {
        let sides = line.split(separator: "=")
        variables[String(sides[0])] = try value(sides[1])
        #expect((0...99).contains(variables[String(sides[0])]!))
      }
    }
    #expect(programs > 2000)
  }

  @Test func `Sentences are of the grammar, and their verbs agree`() {
    let sentences = lines(.sentences)
    for sentence in sentences { #expect(Recognizer.accepts(sentence), "\(sentence)") }
    #expect(sentences.contains { $0.contains(" that ") && $0.count > 60 })
    #expect(Recognizer.accepts("the dogs that anna sees sleep."))
    #expect(!Recognizer.accepts("the dogs that anna sees sleeps."))
    #expect(!Recognizer.accepts("the dogs that anna see sleep."))
    #expect(!Recognizer.accepts("the dog sees."))
    #expect(!Recognizer.accepts("a dogs sleep."))
  }
}

/// Tells sentences of the fragment from others: every rule gives all the places where what it
/// describes can end.
private enum Recognizer {
  static func accepts(_ sentence: String) -> Bool {
    guard sentence.last == "." else { return false }
    let words = sentence.dropLast().split(separator: " ").map(String.init)
    return [false, true].contains { isPlural in
      subject(words, [0], isPlural).contains {
        predicate(words, [$0], isPlural).contains(words.count)
      }
    }
  }

  private static func step(_ words: [String], _ starts: Set<Int>, _ options: [String]) -> Set<Int> {
    Set(starts.filter { $0 < words.count && options.contains(words[$0]) }.map { $0 + 1 })
  }

  private static func verb(
    _ words: [String], _ starts: Set<Int>, _ verbs: [String], _ isPlural: Bool
  ) -> Set<Int> {
    step(words, starts, isPlural ? verbs : verbs.map { $0 + "s" })
  }

  private static func anySubject(_ words: [String], _ starts: Set<Int>) -> Set<Int> {
    subject(words, starts, false).union(subject(words, starts, true))
  }

  private static func subject(_ words: [String], _ starts: Set<Int>, _ isPlural: Bool) -> Set<Int> {
    guard !starts.isEmpty else { return [] }
    let names = isPlural ? [] : step(words, starts, ["anna", "boris", "clara", "david"])
    let articles = isPlural ? ["the", "some", "many"] : ["a", "the", "every"]
    let begun = step(words, starts, articles)
    let described = begun.union(step(words, begun, Lexicon.adjectives))
    let nouns = step(words, described, isPlural ? Lexicon.nouns.map { $0 + "s" } : Lexicon.nouns)
    let that = step(words, nouns, ["that"])
    guard !that.isEmpty else { return names.union(nouns) }
    let inner = [false, true].reduce(into: Set<Int>()) { ends, isInnerPlural in
      ends.formUnion(
        verb(words, subject(words, that, isInnerPlural), Lexicon.transitive, isInnerPlural))
    }
    return names.union(nouns).union(inner).union(predicate(words, that, isPlural))
  }

  private static func predicate(
    _ words: [String], _ starts: Set<Int>, _ isPlural: Bool
  ) -> Set<Int> {
    let alone = verb(words, starts, Lexicon.intransitive, isPlural)
    let somewhere = anySubject(words, step(words, alone, Lexicon.prepositions))
    let transitive = anySubject(words, verb(words, starts, Lexicon.transitive, isPlural))
    return alone.union(somewhere).union(transitive)
  }
}
