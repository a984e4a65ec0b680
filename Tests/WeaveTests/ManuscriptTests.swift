import Testing

@testable import weave

private let source = #"""
  import Notebook
  import Tensors

  chapter(
    1, "Tensors", shows: "a (tensor)",
    needs: "nothing", takes: "a second")

  //: @Result It works: {{sum}}.
  //: ## Lists
  //: A **tensor** is
  //:
  //: indented:
  //:     code

  let a = 1
  // snippet.hide
  let secret = 2
  pin("secret", secret)
  // snippet.show

  show(a)

  //: More.
  //: @Source(Tensors/Tensor.swift, Tensor.init(_:shape:), code)
  //: After.
  let text = """
  //: not prose
    """
  func f() {
    show(1)
  }
  """#

@Suite struct ManuscriptTests {
  private let manuscript = Manuscript(source)

  @Test func takesProseAndCellsApart() throws {
    #expect(manuscript.problems.isEmpty)
    #expect(manuscript.result?.text == "It works: {{sum}}.")
    let kinds = manuscript.blocks.map { block in
      switch block {
      case .prose: "prose"
      case .cell: "cell"
      case .excerpt: "excerpt"
      }
    }
    #expect(kinds == ["cell", "prose", "cell", "prose", "excerpt", "prose", "cell"])
    guard case .prose(let lists) = manuscript.blocks[1] else { return }
    #expect(lists.line == 9)
    #expect(lists.text == "## Lists\nA **tensor** is\n\nindented:\n    code")
  }

  @Test func hidesTheOpeningAndWhatIsMarked() {
    guard case .cell(let imports) = manuscript.blocks[0],
      case .cell(let first) = manuscript.blocks[2]
    else {
      Issue.record("not cells")
      return
    }
    #expect(imports.code == "import Notebook\nimport Tensors")
    #expect(imports.lines == 1...7)
    #expect(first.code == "let a = 1\n\nshow(a)")
    #expect(first.hidden == [16, 17, 18, 19])
  }

  @Test func proseInAStringIsCode() {
    guard case .cell(let last)? = manuscript.blocks.last else { return }
    #expect(last.code.contains("//: not prose"))
    #expect(manuscript.functionLines == [29, 30, 31])
  }

  @Test(arguments: [
    ("if true {\n  //: prose\n}", 2, "prose must start in the first column"),
    ("//: @Sorce(a, b)", 1, "cannot read @Sorce(a, b)"),
    ("//: @Source(a)", 1, "cannot read @Source(a)"),
    ("//: @Result a\n//: @Result b", 2, "a chapter has one @Result"),
    ("// snippet.hide\nlet a = 1", 2, "// snippet.hide without snippet.show"),
  ])
  func mistakesAreNamedWithTheirLine(source: String, line: Int, message: String) {
    let problems = Manuscript(source).problems
    #expect(problems.count == 1)
    #expect(problems.first?.line == line)
    #expect(problems.first?.message.hasPrefix(message) == true)
  }

  @Test func mutatedChaptersNeverCrash() {
    for mutation in mutations(of: source, count: 600, seed: 3) {
      let manuscript = Manuscript(mutation)
      var renderer = ProseRenderer { name, _ in name }
      for case .prose(let prose) in manuscript.blocks { _ = renderer.render(prose) }
      #expect(renderer.problems.allSatisfy { (1...manuscript.lineCount).contains($0.line) })
    }
  }
}
