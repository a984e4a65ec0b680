import Testing

@testable import Curriculum

/// What is true of the corpus is checked on its text, by functions that share nothing with the
/// generator: lines are cut at their punctuation here.
@Suite struct CurriculumTests {
  static let documents = (0..<20_000).map { Curriculum(seed: 1)[$0] }

  @Test func `A document depends on the seed and its number alone`() {
    let curriculum = Curriculum(seed: 1)
    for index in [0, 7, 123, 19_999] { #expect(curriculum[index] == Self.documents[index]) }
    let other = Curriculum(seed: 2)
    #expect((0..<100).count { other[$0] == curriculum[$0] } < 5)
  }

  @Test func `Text is ASCII, of few words, and of numbers up to 99`() {
    for document in Self.documents {
      #expect(document.utf8.allSatisfy { $0 < 128 })
      for word in document.split(whereSeparator: { !$0.isLetter }) {
        #expect(["make", "from", "use", "yes", "no", "think", "answer"].contains(word))
      }
      for number in document.split(whereSeparator: { !$0.isNumber }) {
        #expect(number.count <= 2)
      }
    }
  }

  @Test func `Every arithmetic statement is true`() throws {
    var statements = 0
    for line in Self.documents.flatMap({ $0.split(separator: "\n") }) where line.contains("=") {
      for statement in try #require(line.split(separator: " ").first).split(separator: ",") {
        let sides = statement.split(separator: "=").map(String.init)
        let numbers = sides[0].split(whereSeparator: { !$0.isNumber }).map { Int($0)! }
        let symbol = try #require(sides[0].first { !$0.isNumber })
        let (a, b, result) = (numbers[0], numbers[1], try #require(Int(sides[1])))
        let isTrue =
          switch symbol {
          case "+": a + b == result
          case "-": a - b == result
          case "*": a * b == result
          case "/": b != 0 && result * b == a
          default: false
          }
        #expect(isTrue, "\(statement)")
        statements += 1
      }
    }
    #expect(statements > 50_000)
  }

  @Test func `Every verdict is right`() throws {
    var verdicts = [true: 0, false: 0]
    for document in Self.documents where document.hasPrefix("make") {
      let lines = document.split(separator: "\n")
      let target = lines[0].split(separator: " ")[1]
      for line in lines where line.hasSuffix(" yes") || line.hasSuffix(" no") {
        let result = try #require(line.split(whereSeparator: { !$0.isNumber }).last)
        let isHit = result == target
        #expect(line.hasSuffix(isHit ? " yes" : " no"), "\(document)")
        verdicts[isHit]! += 1
      }
    }
    #expect(verdicts[true]! > 5_000 && verdicts[false]! > 5_000)
  }

  @Test func `Every attempt uses each number once, and the last is the answer`() throws {
    for document in Self.documents where document.contains("<think>") {
      let lines = document.split(separator: "\n").map(String.init)
      let numbers = try #require(Problem(parsing: lines[0])).numbers
      let attempts = lines.filter { $0.contains("=") }
      for attempt in attempts {
        // What enters is the numbers, once each, and all results but the last.
        let steps = attempt.split(separator: " ")[0].split(separator: ",").map { step in
          step.split(whereSeparator: { !$0.isNumber }).map { Int($0)! }
        }
        let entered = steps.flatMap { $0.prefix(2) }.sorted()
        #expect(entered == (numbers + steps.dropLast().map { $0[2] }).sorted(), "\(attempt)")
      }
      let answer = try #require(
        Completion(parsing: lines.dropFirst().joined(separator: "\n")).answer)
      let worked = try #require(Expression(parsing: answer)?.worked)
      #expect(try #require(attempts.last).hasPrefix(worked + " "), "\(document)")
    }
  }

  /// The guarantee on which every held-out accuracy of the book rests.
  @Test func `No held-out problem, nor any line worked with its numbers, is in the text`() throws {
    let secret = Set(
      (Problem.all(split: .heldOut) + Problem.all(split: .validation)).map(\.numbers))
    var seen: Set<[Int]> = []
    for line in Self.documents.flatMap({ $0.split(separator: "\n") }) {
      // The numbers that a line states, that its chain starts from, or that its answer uses.
      let numbers: [Int]
      if line.contains("=") {
        let steps = line.split(separator: " ")[0].split(separator: ",").map { step in
          step.split(whereSeparator: { !$0.isNumber }).map { Int($0)! }
        }
        var entered = steps.flatMap { $0.prefix(2) }
        for step in steps.dropLast() {
          entered.remove(at: try #require(entered.lastIndex(of: step[2])))
        }
        numbers = entered
      } else {
        let digits = line.split(whereSeparator: { !$0.isNumber }).map { Int($0)! }
        numbers = line.hasPrefix("make") ? Array(digits.dropFirst()) : digits
      }
      seen.insert(numbers.sorted())
    }
    #expect(seen.isDisjoint(with: secret))
    #expect(seen.count { $0.count == 3 } > 250, "the scan must see the training problems")
    #expect(!seen.contains { $0.count > 3 }, "four numbers are for measuring only")
  }
}
