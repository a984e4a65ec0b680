import Foundation
import Testing

@testable import Reinforcement

private struct Note: Exercise { let prompt: String }

private struct Refusal: Error, CustomStringConvertible { let description = "I would rather not" }

private let notes = ["a", "b", "c"].map { (completion: $0 + $0, exercise: Note(prompt: $0)) }

@Suite struct JudgeTests {
  @Test func `scores come in the order of completions and rewards, and are weighed`() throws {
    let length = ScoredReward<Note>("length") { text, _ in Double(text.count) }
    let isB = ScoredReward<Note>("is b") { text, note in text == "bb" && note.prompt == "b" ? 1 : 0
    }
    let judge = Judge<Note>([(length, 0.5), (isB, 10)])
    let scores = try judge.scores(notes)
    #expect(scores == [[2, 0], [2, 1], [2, 0]])
    #expect(scores.map(judge.total) == [1, 11, 1])
    #expect(try judge.scores([]).isEmpty)
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func `a reward that is no number is named with its prompt and completion`(_ value: Double) throws
  {
    let broken = ScoredReward<Note>("broken") { text, _ in text == "bb" ? value : 1 }
    let whole = ScoredReward<Note>("whole") { _, _ in 1 }
    let error = try #require(throws: RewardError.self) {
      try Judge<Note>([(whole, 1), (broken, 1)]).scores(notes)
    }
    #expect(error.reward == "broken" && error.prompt == "b" && error.completion == "bb")
    #expect(
      error.description
        == #"the reward "broken" gave \#(value) for the prompt "b" and the completion "bb""#)
  }

  @Test func `a reward that throws is named with what it threw`() throws {
    let broken = ScoredReward<Note>("shy") { _, note in
      if note.prompt == "c" { throw Refusal() }
      return 0
    }
    let error = #expect(throws: RewardError.self) { try Judge<Note>([(broken, 1)]).scores(notes) }
    #expect(
      error
        == RewardError(
          reward: "shy", prompt: "c", completion: "cc", reason: .threw("I would rather not")))
  }

  @Test func `a reward that never returns is given up`() throws {
    let never = DispatchSemaphore(value: 0)
    let stuck = ScoredReward<Note>("stuck") { text, _ in
      if text == "bb" { never.wait() }
      return 0
    }
    let judge = Judge<Note>([(stuck, 1)], timeLimit: 0.2)
    let error = #expect(throws: RewardError.self) { try judge.scores(notes) }
    #expect(error?.reason == .timedOut(seconds: 0.2))
    never.signal()
  }

  @Test func `a message quotes no more than the beginning of a long completion`() throws {
    let broken = ScoredReward<Note>("broken") { _, _ in .nan }
    let huge = [(completion: String(repeating: "9", count: 1_000_000), exercise: notes[0].exercise)]
    let error = #expect(throws: RewardError.self) { try Judge<Note>([(broken, 1)]).scores(huge) }
    #expect(try #require(error).description.utf8.count < 600)
  }
}
