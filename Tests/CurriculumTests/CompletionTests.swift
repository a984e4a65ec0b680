import Kernels
import Testing

@testable import Curriculum

private let problem = Problem(numbers: [4, 6, 3], target: 27)

private func completion(answer: String) -> String {
  "<think>\n6*4=24,24+3=27 yes\n</think>\n<answer>\(answer)</answer>"
}

@Suite struct CompletionTests {
  @Test(arguments: ["(6*4)+3", "3+4*6", " ( (3) + 6*4 ) "])
  func `An answer that solves the problem is accepted in any form`(answer: String) {
    let completion = Completion(parsing: completion(answer: answer))
    #expect(completion.isWellFormed)
    #expect(completion.solves(problem))
  }

  /// Answers that a careless verifier has accepted, or crashed on.
  @Test(arguments: [
    "", " ", "27", "6*4", "(6*4)+3+0", "(6*4)+3-4+4", "(6*4)+(6-3)", "6*4+3=27", "27=6*4+3",
    "(6*4)+3;", "6*4+3 and so on", "the answer is 6*4+3", "64+3-40", "6*4+3.0",
    "4.6*3", "6*4+3**1", "6//4*3", "2**99", "9**9**9", "6*4+3#", "6*4+3\n", "6*4\n+3",
    "６*4+3", "٦*4+3", "6*4+³", "6×4+3", "6*4+\u{200b}3", "6*4\u{301}+3", "+6*4+3", "6*4--3",
    "6*4+03", "6*(4/(3-3))", "6*4+3+(1/0)", "999999999*999999999*999999999", "eval('27')",
    "6*4+3</answer", "[6*4+3]", "\\frac{6}{4}", "(6*4)+3\0", "6,4,3", "6*4+3, 27",
    String(repeating: "(", count: 1_000_000), String(repeating: "9", count: 1_000_000),
    String(repeating: "3*", count: 100_000) + "3", String(repeating: " ", count: 300) + "6*4+3",
  ])
  func `An attack on the answer earns nothing`(answer: String) {
    #expect(!Completion(parsing: completion(answer: answer)).solves(problem))
  }

  @Test(arguments: [
    "", "<answer>(6*4)+3</answer>", "<think>\n</think>", "(6*4)+3",
    "<think></think><answer>(6*4)+3", "<think></think>(6*4)+3</answer>",
    "<think><answer>(6*4)+3</answer></think>", "<think><answer>(6*4)+3</answer>",
    "</think><think><answer>(6*4)+3</answer>", "<answer>(6*4)+3</answer><think></think>",
    "<think></think><answer>(6*4)+3</answer></answer>",
    "<think></think><answer>(6*4)+3</answer>.", "so <think></think><answer>(6*4)+3</answer>",
    "<think></think>so<answer>(6*4)+3</answer>",
    "<think></think><answer>1</answer><answer>(6*4)+3</answer>",
    "<think></think><answer><answer>(6*4)+3</answer></answer>",
    "<think></think><think></think><answer>(6*4)+3</answer>",
    "<think><think></think></think><answer>(6*4)+3</answer>",
    "<think></think><answer>(6*4)+3</answer><think></think>",
    "<THINK></THINK><ANSWER>(6*4)+3</ANSWER>", "< think ></think><answer>(6*4)+3</answer>",
    "<think></think><answer >(6*4)+3</answer>", "＜think＞</think><answer>(6*4)+3</answer>",
    "<think></think>\u{a0}<answer>(6*4)+3</answer>", "<think></think>\0<answer>(6*4)+3</answer>",
  ])
  func `Only a thought and then an answer, each once, has the format`(text: String) {
    let completion = Completion(parsing: text)
    #expect(!completion.isWellFormed)
    #expect(completion.answer == nil)
    #expect(!completion.solves(problem))
  }

  @Test func `A thought that was cut off still shows its attempts`() {
    let completion = Completion(parsing: "<think>\n6*4=24,24-3=21 no\n6+4=10,10")
    #expect(completion.attempts.map(\.verdict) == [false, nil])
    #expect(completion.attempts.map(\.claim) == [21, nil])
    #expect(!completion.isThoughtClosed)
  }

  /// An independent statement of the rules, from the text inwards: whatever is accepted must pass it.
  @Test func `Nothing made by mutating a right completion is accepted but right ones`() {
    let alphabet =
      Array("<>/think answer()0123456789+-*=\nyes").map(String.init) + ["²", "６", "\0"]
    let right = completion(answer: "(6*4)+3").unicodeScalars.map { String($0) }
    var generator = Generator(seed: 3)
    var accepted = 0
    for _ in 0..<20_000 {
      var text = right
      for _ in 0...generator.uniform(below: 3) {
        // Half of the changes fall upon the answer itself.
        let tail = generator.uniform(below: 2) == 0 ? 0 : text.count - 18
        let place = tail + generator.uniform(below: text.count - tail)
        switch generator.uniform(below: 3) {
        case 0: text.remove(at: place)
        case 1: text.insert(alphabet[generator.uniform(below: alphabet.count)], at: place)
        default: text[place] = alphabet[generator.uniform(below: alphabet.count)]
        }
      }
      let mutant = text.joined()
      guard Completion(parsing: mutant).solves(problem) else { continue }
      accepted += 1
      let answer = mutant.components(between: "<answer>", and: "</answer>")
      #expect(
        answer.map { $0.filter { "346".contains($0) }.sorted() } == ["3", "4", "6"], "\(mutant)")
      #expect(answer.map { $0.allSatisfy { "346+*() ".contains($0) } } == true, "\(mutant)")
    }
    #expect(accepted > 100)
  }
}

extension String {
  fileprivate func components(between opening: String, and closing: String) -> String? {
    guard let start = firstRange(of: opening)?.upperBound,
      let end = self[start...].firstRange(of: closing)?.lowerBound
    else { return nil }
    return String(self[start..<end])
  }
}
