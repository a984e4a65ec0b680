import Foundation
import Notebook
import Testing

@testable import weave

/// A study of the sample chapter, whose program is a script as the chapter's is. That arms run once
/// and are kept is tested with the notebook, which does it.
@Suite struct StudyTests {
  private static let source = #"""
    import Notebook
    study(1, "Tensors, thrice", shows: "a", needs: "b", takes: "c")
    //: @Result The mean is {{mean|.1}}.
    //: Three seeds:
    let sums = try outcomes(of: arms)
    pin("mean", 2.5)
    claim("all seeds agree", true)
    measured("rate", 1.5, "tokens/s")
    //: @Source(Tensors/Tensor.swift, Tensor)
    plot("sums", title: "Sums", x: Axis("seed"), y: Axis("sum"), series: [], caption: "They agree.")
    """#

  private func events(
    _ scratch: Scratch, mean: String = "2.5", holds: Bool = true, rate: String = "1.5",
    knobs: Knobs = Knobs(), sources: String? = nil
  ) throws -> [Event] {
    let opening = Opening(
      number: 1, title: "Tensors, thrice", shows: "a", needs: "b", takes: "c", knobs: knobs,
      sources: try sources ?? studyFingerprint(1, in: scratch.root))
    let figure = Figure(
      name: "sums", title: "Sums", x: Axis("seed"), y: Axis("sum"),
      content: .series([Series("sum", y: [Double(mean)!, 2])]), caption: "They agree.",
      isMeasured: false)
    return [
      Event(line: 2, content: .chapter(opening)),
      Event(line: 6, content: .pin(name: "mean", value: mean)),
      Event(line: 7, content: .claim(sentence: "all seeds agree", holds: holds)),
      Event(line: 8, content: .measured(name: "rate", value: rate, unit: "tokens/s")),
      Event(line: 10, content: .figure(figure)),
      Event(line: 0, content: .end(.init(milliseconds: 3_000_000, peakMemory: 50_000_000))),
    ]
  }

  /// A checkout with an accepted chapter, and a study that has not been run.
  private func prepared() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write("Chapters/01-Tensors-Study/main.swift", Self.source)
    try scratch.write("Chapters/01-Tensors-Study/Sum.swift", "import Tensors\n")
    try scratch.program(sampleEvents())
    #expect(try weave(["accept", "1"], in: scratch).status == 0)
    try scratch.program(try events(scratch), of: "study01-tensors")
    return scratch
  }

  private func ran() throws -> Scratch {
    let scratch = try prepared()
    let outcome = try weave(["study", "1"], in: scratch)
    #expect(outcome.status == 0, "\(outcome.complaint)")
    return scratch
  }

  @Test func aStudyWritesItsOwnPage() throws {
    let scratch = try ran()
    #expect(
      scratch.book().keys.filter { $0.hasPrefix("studies") && $0.contains(".") }.sorted() == [
        "studies/01-tensors.md", "studies/figures/01-sums.svg", "studies/pins/01-tensors.json",
      ])
    let page = try scratch.read("book/studies/01-tensors.md")
    for part in [
      "[← 1. Tensors](../01-tensors.md) · [Contents](../README.md)\n\n# Study 1. Tensors, thrice\n",
      "> mean = 2.5", "![Sums](figures/01-sums.svg)", "(../../Sources/Tensors/Tensor.swift)",
      "This study took 50 min 0 s and 50 MB", "(../../Chapters/01-Tensors-Study/main.swift)",
    ] { #expect(page.contains(part), "\(part)") }
    #expect(!page.contains("study(1"))
    #expect(
      try scratch.read("book/README.md").contains(
        "| 1 | [Tensors, thrice](studies/01-tensors.md) | The mean is 2.5. | 50 min 0 s "
          + "| ✓ 1 claim, 1 pin |\n\n**How"))
  }

  @Test func theBookKeepsItAndVerifyDoesNotRunIt() throws {
    let scratch = try ran()
    let (book, runs) = (scratch.book(), scratch.runs)
    let woven = try weave(["book"], in: scratch)
    #expect(woven.status == 0 && scratch.book() == book)
    let verified = try weave(["verify"], in: scratch)
    #expect(verified.status == 0, "\(verified.output)")
    #expect(
      verified.output.contains(
        "study01-tensors  not run again; its page belongs to this code (1 pin, 1 claim)"))
    // The chapter alone was run by verify.
    #expect(scratch.runs == runs + 1)
    #expect(try weave(["study", "1"], in: scratch).output == "study01-tensors  unchanged\n")
    #expect(scratch.book() == book)
  }

  @Test func oldCodeIsAWarning() throws {
    let scratch = try ran()
    try scratch.write("Sources/Tensors/Tensor.swift", "/// A tensor.\nstruct Tensor {}\n")
    let verified = try weave(["verify", "--cached"], in: scratch)
    // The chapter's page shows this file, so it differs as well.
    #expect(verified.output.contains("01-tensors  differs"))
    #expect(
      verified.output.contains(
        "study01-tensors  warning: its page is of an earlier state of its code; make study N=1 "
          + "runs it again\n"))
    try scratch.write(
      "Sources/Tensors/Tensor.swift", "/// A tensor.\nstruct Tensor {\n  let a = 1\n}\n")
    try scratch.write("Chapters/01-Tensors-Study/Sum.swift", "import Tensors\nlet seeds = 4\n")
    let warned = try weave(["verify", "--cached"], in: scratch)
    #expect(
      warned.status == 0 && warned.output.contains("study01-tensors  warning: its page is of"))
  }

  @Test func aStudyWithoutPageIsAWarning() throws {
    let scratch = try prepared()
    // Its row in the contents is new.
    #expect(try weave(["book"], in: scratch).status == 0)
    #expect(try scratch.read("book/README.md").contains("| 1 | Tensors | *not woven yet* | | |"))
    let verified = try weave(["verify"], in: scratch)
    #expect(verified.status == 0, "\(verified.output)")
    #expect(
      verified.output.contains(
        "study01-tensors  warning: it has no page yet; make study N=1 runs it"))
  }

  @Test func anEditedPageIsADifference() throws {
    let scratch = try ran()
    let page = try scratch.read("book/studies/01-tensors.md")
    try scratch.write("book/studies/01-tensors.md", page.replacing("2.5", with: "3.5"))
    let verified = try weave(["verify", "--cached"], in: scratch)
    #expect(verified.status != 0)
    #expect(verified.output.contains("an edited page"))
    #expect(verified.output.contains("if the run is right: make study N=1"))
    #expect(try weave(["study", "1"], in: scratch).status == 0)
    #expect(try scratch.read("book/studies/01-tensors.md") == page)
  }

  @Test func newPinsAreNamedAndTaken() throws {
    let scratch = try ran()
    try scratch.program(
      try events(scratch, mean: "2.75", rate: "9.5"), of: "study01-tensors", then: "# anew")
    let outcome = try weave(["study", "1"], in: scratch)
    #expect(outcome.status == 0)
    for part in ["mean", "2.5", "2.75", "wrote ", "studies/01-tensors.md", "git diff book"] {
      #expect(outcome.output.contains(part), "\(part)")
    }
    #expect(try scratch.read("book/studies/01-tensors.md").contains("rate ≈ 9.5 tokens/s †"))
  }

  @Test func timesStayUnlessAllRunsAgain() throws {
    let scratch = try ran()
    let book = scratch.book()
    try scratch.write(".build/espalier/arms/1-book/kept.json", "")
    try scratch.program(try events(scratch, rate: "9.5"), of: "study01-tensors", then: "# anew")
    let runs = scratch.runs
    #expect(try weave(["study", "1"], in: scratch).output.contains("unchanged"))
    #expect(scratch.runs == runs + 1)
    #expect(scratch.book() == book)
    #expect(FileManager.default.fileExists(atPath: scratch.url(".build/espalier/arms/1-book").path))
    #expect(
      try weave(["study", "1", "--all"], in: scratch, environment: ["SIZE": "huge"]).complaint
        .hasPrefix("weave: SIZE=huge is not one of"))
    #expect(
      try weave(["study", "1", "--all"], in: scratch, environment: ["SIZE": "tiny"]).status == 0)
    #expect(FileManager.default.fileExists(atPath: scratch.url(".build/espalier/arms/1-book").path))
    #expect(try weave(["study", "1", "--all"], in: scratch).status == 0)
    #expect(
      !FileManager.default.fileExists(atPath: scratch.url(".build/espalier/arms/1-book").path))
    #expect(try scratch.read("book/studies/01-tensors.md").contains("rate ≈ 9.5 tokens/s †"))
  }

  @Test func falseClaimsAndOtherKnobsWriteNothing() throws {
    let scratch = try prepared()
    let book = scratch.book()
    try scratch.program(
      try events(scratch, holds: false), of: "study01-tensors", then: "exit 1")
    let refused = try weave(["study", "1"], in: scratch)
    #expect(refused.status != 0)
    #expect(refused.complaint.contains("a study with a false claim has no page"))
    let tiny = try Knobs(environment: ["SIZE": "tiny"])
    try scratch.program(try events(scratch, mean: "9", knobs: tiny), of: "study01-tensors")
    let small = try weave(["study", "1"], in: scratch, environment: ["SIZE": "tiny"])
    #expect(small.status == 0 && small.output.contains("no page written"))
    #expect(scratch.book() == book)
  }

  @Test func codeThatChangedDuringTheRunIsRefused() throws {
    let scratch = try prepared()
    try scratch.program(try events(scratch, sources: "0123456789abcdef"), of: "study01-tensors")
    let outcome = try weave(["study", "1"], in: scratch)
    #expect(outcome.status != 0)
    #expect(
      outcome.complaint
        == "weave: the code of study 1 changed while it ran; run make study N=1 again\n")
  }

  @Test func itsProgressIsSeen() throws {
    let scratch = try prepared()
    try scratch.program(
      try events(scratch), of: "study01-tensors", then: "echo '1 of 2 arms' >&2; echo table")
    let outcome = try weave(["study", "1"], in: scratch)
    #expect(outcome.complaint == "1 of 2 arms\n")
    #expect(try scratch.read(".build/espalier/traces/study01-tensors.log") == "table\n")
  }

  @Test(arguments: [["study", "7"], ["study", "abc"], ["study"]])
  func unknownStudiesAreOneLine(arguments: [String]) throws {
    let scratch = try prepared()
    let asked = arguments.count > 1 ? arguments[1] : "without a number"
    let outcome = try weave(arguments, in: scratch)
    #expect(outcome.status != 0)
    #expect(
      outcome.complaint == "weave: there is no study \(asked); the studies are 1 (Tensors)\n")
    let none = try weave(arguments, in: Scratch())
    #expect(
      none.complaint == "weave: there is no study \(asked); no chapter has one yet\n")
  }

  @Test func aChapterQuotesItsStudy() throws {
    let scratch = try prepared()
    let quoting = sampleSource.replacing(
      "{{count}} numbers", with: "{{study.mean|.2}} of {{count}}, {{study.rate}}"
    ).replacing("//: Then:", with: "//: ![Sums](studies/figures/01-sums.svg)")
    try scratch.write("Chapters/01-Tensors/main.swift", quoting)
    try scratch.program(sampleEvents())
    let early = try weave(["accept", "1"], in: scratch)
    #expect(
      early.complaint.contains(
        "no pin or measured value is called {{study.mean}}; make study runs the study"))
    #expect(try weave(["study", "1"], in: scratch).status == 0)
    #expect(try weave(["accept", "1"], in: scratch).status == 0)
    let page = try scratch.read("book/01-tensors.md")
    #expect(page.contains("holds 2.50 of 3, 1.5 tokens/s†"))
    #expect(page.contains("![Sums](studies/figures/01-sums.svg)"))

    try scratch.write(
      "Chapters/01-Tensors/main.swift", quoting.replacing("01-sums", with: "01-nothing"))
    try scratch.program(sampleEvents())
    #expect(
      try weave(["book", "1"], in: scratch).complaint
        == "weave: Chapters/01-Tensors/main.swift links book/studies/figures/01-nothing.svg, "
        + "which does not exist; the study writes it: make study N=1\n")
  }

  @Test func armsAreDeclaredBesideMain() {
    let manuscript = Manuscript("// a StudyArm\nstruct Sum: StudyArm {\n}\n")
    #expect(manuscript.problems.map(\.line) == [2])
  }

  @Test func studiesAreNotChapters() throws {
    let scratch = try prepared()
    #expect(try scratch.repository.chapters().map(\.folder) == ["01-Tensors"])
    #expect(try scratch.repository.studies().map(\.target) == ["study01-tensors"])
    for folder in ["-Study", "01-Study", "01-A-B-Study", "1-A-Study"] {
      #expect(ChapterName(folder: folder) == nil, "\(folder)")
    }
  }
}
