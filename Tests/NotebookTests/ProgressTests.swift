import Testing

@testable import Notebook

@Suite struct ProgressTests {
  @Test func theBarKnowsHowLongIsLeft() {
    let text = barText(
      title: "training", done: 100, total: 400, seconds: 5, detail: "loss 0.42", width: 120)
    #expect(
      text == "training ━━━━━━──────────────────  100/400  20/s  15 s left  loss 0.42")
  }

  @Test func theBarIsCutToTheTerminal() {
    let text = barText(title: "training", done: 1, total: 2, seconds: 1, detail: "", width: 12)
    #expect(text.count == 12)
    #expect(barText(title: "t", done: 0, total: 0, seconds: 0, detail: "", width: -1).isEmpty)
  }

  @Test(arguments: [
    (0.2, "1 s"), (59.0, "59 s"), (200.0, "3 min 20 s"), (7500.0, "2 h 5 min"), (.infinity, "long"),
  ])
  func spans(seconds: Double, text: String) {
    #expect(spanText(seconds) == text)
  }

  @Test func theSequenceIsTheRange() {
    #expect(Array(progress("steps", 3..<8)) == [3, 4, 5, 6, 7])
    #expect(Array(progress("none", 3..<3)).isEmpty)
  }

  @Test func theBodyReturnsAndThrows() throws {
    struct Stop: Error {}
    #expect(
      progress("work", total: 2) { bar in
        bar.advance("x")
        return 5
      } == 5)
    #expect(throws: Stop.self) { try progress("work", total: 2) { _ in throw Stop() } }
  }
}
