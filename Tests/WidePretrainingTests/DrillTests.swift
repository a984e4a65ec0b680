import Curriculum
import Pretraining
import Testing

@testable import WidePretraining

@Suite struct DrillTests {
  private let tokenizer = BaseModel.tokenizer(seed: 1)

  @Test func `what is learned is results, and all of them`() {
    let row = Drill(tokenizer, seed: 1).row(3, length: 200)
    #expect(row.tokens.count == 200)
    let equals = tokenizer.encode("=")[0]
    let places = row.tokens.indices.dropFirst().filter { row.tokens[$0 - 1] == equals }
    #expect(Array(row.lessons.joined()) == places && places.count > 20)
    for place in places {
      let line = tokenizer.decode(Array(row.tokens[..<place])).split { $0 == "\n" || $0 == ">" }
      let question = line.last.map(String.init) ?? ""
      let result = tokenizer.decode([row.tokens[place]])
      #expect(
        Step.elementary.contains { $0.question == question && "\($0.result)" == result },
        "\(question)\(result)")
    }
  }

  @Test func `each row is another, and the same when asked again`() {
    let drill = Drill(tokenizer, seed: 1)
    #expect(drill.row(1, length: 64) == drill.row(1, length: 64))
    #expect(drill.row(1, length: 64) != drill.row(2, length: 64))
    #expect(drill.row(1, length: 64) != Drill(tokenizer, seed: 2).row(1, length: 64))
  }
}
