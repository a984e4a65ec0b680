import Foundation
import Notebook
import Testing

@testable import weave

@Suite struct WeaverTests {
  private let chapter = ChapterName(folder: "01-Tensors")!

  /// A checkout whose book was accepted from the sample.
  private func accepted() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.program(sampleEvents())
    let edition = try scratch.weaver().edition(chapter, fresh: true, renewing: true)
    _ = try scratch.weaver().publish(edition, redrawing: true)
    return scratch
  }

  @Test func aPageHoldsProseCodeAndOutput() throws {
    let page = try accepted().read("book/01-tensors.md")
    for part in [
      "# 1. Tensors\n", "A **tensor** holds 3 numbers; it took 1.5 ms†.",
      "*[Sources/Tensors/Tensor.swift](../Sources/Tensors/Tensor.swift)*, `Tensor`:",
      "```swift\n/// A tensor.\nstruct Tensor {", "> values: [1.0, 2.0, 0.5]\n> sum = 3.5\n",
      "> ✓ there are three", "| naive | 1.5 |", "*Ways* †",
      "![Loss](figures/01-loss.svg)\n\n*It falls.*", "This run took 1 s and 50 MB",
    ] { #expect(page.contains(part), "\(part)") }
    #expect(!page.contains("chapter(1"))
  }

  @Test func contentsNameTheResult() throws {
    let contents = try accepted().read("book/README.md")
    #expect(
      contents.contains(
        "| 1 | [Tensors](01-tensors.md) | The sum is 3.5. | 1 s | ✓ 1 claim, 2 pins |"))
  }

  @Test func weavingAgainChangesNothing() throws {
    let scratch = try accepted()
    let before = scratch.book()
    // A slower run with other times: none of them reaches the book.
    try scratch.program(sampleEvents(time: "9.75", milliseconds: 99_000))
    let edition = try scratch.weaver().edition(chapter, fresh: true)
    #expect(try scratch.weaver().publish(edition) == [])
    #expect(scratch.book() == before)
    #expect(try scratch.weaver().differences(edition).isEmpty)
    #expect(try scratch.weaver().contentsDifference().isEmpty)
  }

  @Test func acceptingTakesTheNewTimes() throws {
    let scratch = try accepted()
    try scratch.program(sampleEvents(time: "9.75", milliseconds: 99_000))
    let edition = try scratch.weaver().edition(chapter, fresh: true, renewing: true)
    #expect(try scratch.weaver().publish(edition, redrawing: true).contains("01-tensors.md"))
    #expect(try scratch.read("book/01-tensors.md").contains("9.75 ms†"))
  }

  @Test func everyDifferenceIsNamed() throws {
    let scratch = try accepted()
    try scratch.program(sampleEvents(sum: "3.25", holds: false, loss: [3, 2, 1.5]), then: "exit 1")
    let differences = try scratch.weaver().differences(
      scratch.weaver().edition(chapter, fresh: true))
    #expect(
      differences.map(\.name) == [
        "claim: there are three", "sum", "book/01-tensors.md", "figure loss",
      ])
    #expect(differences[1].expected == "3.5" && differences[1].found == "3.25")
    #expect(differences[1].place == "Chapters/01-Tensors/main.swift:9")
    let table = Difference.table(differences)
    #expect(table.contains("name") && table.contains("expected") && table.contains("found"))
  }

  @Test func newAndVanishedPinsAreDifferences() throws {
    let scratch = try accepted()
    let renamed = sampleEvents().map { event in
      guard case .pin("sum", let value) = event.content else { return event }
      return Event(line: event.line, content: .pin(name: "total", value: value))
    }
    try scratch.write(
      "Chapters/01-Tensors/main.swift", sampleSource.replacing("sum", with: "total"))
    try scratch.program(renamed)
    let broken = try scratch.weaver().edition(chapter, fresh: true).brokenNumbers()
    #expect(broken.map(\.name) == ["sum", "total"])
    #expect(broken.map(\.found) == ["(no such pin)", "3.5"])
  }

  @Test func aHandEditedPageIsADifference() throws {
    let scratch = try accepted()
    let page = try scratch.read("book/01-tensors.md")
    try scratch.write("book/01-tensors.md", page.replacing("holds 3", with: "holds 4"))
    let differences = try scratch.weaver().differences(
      scratch.weaver().edition(chapter, fresh: false))
    #expect(differences.map(\.name) == ["book/01-tensors.md"])
    #expect(differences.first?.expected.contains("holds 4") == true)
  }

  @Test(arguments: [
    ["SIZE": "tiny"], ["SEED": "2"], ["ESPALIER_ENGINE": "openblas"],
  ])
  func otherKnobsCheckClaimsAlone(environment: [String: String]) throws {
    let scratch = try accepted()
    let knobs = try Knobs(environment: environment)
    try scratch.program(sampleEvents(sum: "9.5", holds: false, knobs: knobs), then: "exit 1")
    let edition = try scratch.weaver(environment).edition(chapter, fresh: false)
    #expect(try scratch.weaver().differences(edition).map(\.name) == ["claim: there are three"])
  }

  @Test func mistakesInTheSourceAreAllNamed() throws {
    let scratch = try Scratch(
      source: sampleSource.replacing("{{count}}", with: "{{cuont}} or 0.75")
        .replacing("Tensor.swift, Tensor", with: "Tensor.swift, Tenser"))
    try scratch.program(sampleEvents())
    let error = #expect(throws: ManuscriptError.self) {
      try scratch.weaver().edition(chapter, fresh: true)
    }
    let lines = error?.description.split(separator: "\n") ?? []
    #expect(lines.count == 3)
    #expect(lines[0].hasPrefix("Chapters/01-Tensors/main.swift:5: no pin or measured value"))
    #expect(lines[1].hasPrefix("Chapters/01-Tensors/main.swift:5: the number 0.75"))
    #expect(lines[2].hasSuffix(":6: Sources/Tensors/Tensor.swift declares no Tenser"))
  }

  @Test func hiddenPinsMustBeUsed() throws {
    let hidden = sampleSource.replacing(
      "pin(\"count\", 3)", with: "pin(\"count\", 3) // snippet")
    let source = hidden.replacing("claim(", with: "// snippet.hide\nclaim(")
      .replacing("measured(", with: "// snippet.show\nmeasured(")
    let scratch = try Scratch(source: source)
    let events =
      [sampleEvents()[0]] + [
        Event(line: 12, content: .pin(name: "unused", value: "1")),
        Event(line: 9, content: .pin(name: "sum", value: "1")),
        Event(line: 10, content: .pin(name: "count", value: "1")),
        Event(line: 14, content: .measured(name: "time", value: "1", unit: "s")),
        sampleEvents().last!,
      ]
    try scratch.program(events)
    let error = #expect(throws: ManuscriptError.self) {
      try scratch.weaver().edition(chapter, fresh: true)
    }
    #expect(
      error?.description
        == "Chapters/01-Tensors/main.swift:12: unused is hidden and unused; write {{unused}} or show it"
    )
  }

  @Test func hugeOutputIsCutWithANote() throws {
    let scratch = try Scratch()
    var events = sampleEvents()
    let text = (0..<10_000).map { "line \($0)" }.joined(separator: "\n")
    events.insert(Event(line: 8, content: .text(label: nil, text: text)), at: 2)
    events.insert(
      Event(line: 8, content: .text(label: nil, text: String(repeating: "x", count: 5000))), at: 1)
    try scratch.program(events)
    let page = try scratch.weaver().edition(chapter, fresh: true).page
    #expect(page.utf8.count < 8000)
    #expect(page.contains("more lines)"))
  }

  @Test func figuresAreKeptWhateverGnuplotDrewThem() throws {
    let scratch = try accepted()
    let path = "book/figures/01-loss.svg"
    let svg = try scratch.read(path)
    #expect(!svg.contains("Produced by GNUPLOT"))
    let otherVersion = svg.replacing("<svg", with: "<!-- drawn by another version --><svg")
    try scratch.write(path, otherVersion)
    let edition = try scratch.weaver().edition(chapter, fresh: false)
    #expect(try scratch.weaver().publish(edition) == [])
    #expect(try scratch.weaver().differences(edition).isEmpty)
    try scratch.program(sampleEvents(loss: [9, 8, 7]))
    let changed = try scratch.weaver().edition(chapter, fresh: true)
    #expect(try scratch.weaver().publish(changed) == ["figures/01-loss.svg"])
  }

  @Test func strayFiguresAreRemoved() throws {
    let scratch = try accepted()
    try scratch.write("book/figures/01-old.svg", "<svg/>")
    try scratch.write("book/figures/02-other.svg", "<svg/>")
    let edition = try scratch.weaver().edition(chapter, fresh: false)
    #expect(try scratch.weaver().differences(edition).map(\.name) == ["book/figures/01-old.svg"])
    #expect(try scratch.weaver().publish(edition) == ["figures/01-old.svg"])
  }

  @Test func neighboursAreLinked() throws {
    let scratch = try accepted()
    try scratch.write("Chapters/02-Attention/main.swift", "")
    let edition = try scratch.weaver().edition(chapter, fresh: false)
    #expect(edition.page.contains("[Contents](README.md) · [2. Attention →](02-attention.md)"))
  }
}
