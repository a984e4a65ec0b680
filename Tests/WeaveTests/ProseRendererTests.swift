import Testing

@testable import weave

@Suite struct ProseRendererTests {
  private func render(_ text: String) -> (text: String, problems: [Problem]) {
    var renderer = ProseRenderer { name, format throws(WeaveError) in
      guard let value = ["loss": "0.123456", "steps": "12345", "word": "yes"][name] else {
        throw WeaveError("no \(name)")
      }
      return try formatted(value, as: format)
    }
    let text = renderer.render(.init(line: 10, text: text))
    return (text, renderer.problems)
  }

  @Test(arguments: [
    ("loss {{loss}}", "loss 0.1235"), ("{{ loss | .2 }}", "0.12"), ("{{loss|%}}", "12.3 %"),
    ("{{loss|.0%}}", "12 %"), ("{{loss|2}}", "0.12"), ("{{loss|exact}}", "0.123456"),
    ("{{steps}} steps", "12345 steps"), ("{{steps|,}}", "12,345"), ("{{word}}!", "yes!"),
    ("\\num{0.9} of", "0.9 of"),
  ])
  func valuesAreInterpolated(prose: String, expected: String) {
    let (text, problems) = render(prose)
    #expect(text == expected)
    #expect(problems.isEmpty)
  }

  @Test(arguments: [
    "$e^{{x}} = 0.5$", "$$\n0.5 {{loss\n\n$$", "`0.5 {{loss}}`",
    "```swift\nlet a = 0.5 // 3×\n\n```",
    "[text](https://a.b/1.5)", "<https://a.b/1.5>", "https://arxiv.org/abs/1706.03762 is",
    "## 2.1 Shapes", "Swift 6.3 and OpenBLAS 0.3.21", "§5.2", "Section 3.1",
    "fp16, 2 × 3, 2×3, 2x3",
    "1. one\n2. two", "12 steps, 64 KiB", "v1.5", "Llama-3.2", "$5$ and $6.5$",
    "arXiv:1706.03762", "in 2017.", "a 2×$n$ matrix", "1.2.3",
  ])
  func literalTextPassesThrough(prose: String) {
    let (text, problems) = render(prose)
    #expect(text == prose)
    #expect(problems.isEmpty, "\(problems)")
  }

  @Test(arguments: [
    "is 0.93 now", "Accuracy 12.5 %", "12 % of", "3× faster", "2.5x faster", "12 ms", "148 GFLOP/s",
    "(0.5)", "about 1.5e-3", "+0.25", "**0.93**", "3x faster", "5.2 seconds.", "—0.9",
  ])
  func bareMeasuredNumbersAreRefused(prose: String) {
    let (_, problems) = render("first line\n" + prose)
    #expect(problems.count == 1, "\(problems)")
    #expect(problems.first?.line == 11)
    #expect(problems.first?.message.contains("typed into the prose") == true)
  }

  @Test func unknownNamesAndFormatsAreNamedWithTheirLine() {
    let (_, problems) = render("a\n{{nothing}} and\n\n{{word|.2}} {{loss|zz}} {{loss|,}}")
    #expect(problems.map(\.line) == [11, 13, 13, 13])
    #expect(problems[0].message == "no nothing")
    #expect(problems[1].message.contains("is not a number"))
    #expect(problems[2].message.contains("cannot read the format |zz"))
  }

  @Test func unclosedMarksAreText() {
    for prose in ["a $ b", "`open", "{{open", "\\num{open", "a ] b <", "$$ open", "](open"] {
      #expect(render(prose).text == prose)
    }
  }
}
