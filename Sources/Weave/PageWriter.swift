import Notebook

/// Writes a chapter's page as Markdown for GitHub.
struct PageWriter {
  let chapter: ChapterName
  let manuscript: Manuscript
  let values: RunValues
  let neighbours: Neighbours
  private(set) var problems: [Problem] = []
  /// The woven `@Result`.
  private(set) var result = ""

  init(
    chapter: ChapterName, manuscript: Manuscript, values: RunValues, neighbours: Neighbours
  ) {
    self.chapter = chapter
    self.manuscript = manuscript
    self.values = values
    self.neighbours = neighbours
  }

  mutating func page(title: String, excerpts: (Excerpt) throws(WeaveError) -> [String]) -> String {
    var prose = ProseRenderer(value: values.text)
    let heading = chapter.isStudy ? "Study \(chapter.number)" : "\(chapter.number)"
    var parts = [navigation, "# \(heading). \(title)"]
    for block in manuscript.blocks {
      switch block {
      case .prose(let paragraphs): parts.append(prose.render(paragraphs))
      case .excerpt(let excerpt, let line):
        do throws(WeaveError) {
          parts.append(location(excerpt) + "\n\n" + fence("swift", try excerpts(excerpt)))
        } catch {
          problems.append(Problem(line: line, message: error.description))
        }
      case .cell(let cell):
        if !cell.code.isEmpty { parts.append(fence("swift", [cell.code])) }
        parts += CellOutput(cell: cell, chapter: chapter, values: values).markdown
      }
    }
    if let line = manuscript.result { result = prose.render(line) }
    problems += prose.problems
    refuseUnseenPins(mentioned: prose.mentioned)
    let cost = values.record.cost
    parts.append("---")
    parts.append(
      "*This \(chapter.isStudy ? "study" : "run") took \(secondsText(cost.milliseconds)) and \(memoryText(cost.peakMemory)) "
        + "of memory.† Source: [\(chapter.source)](\(chapter.linkToRoot)\(chapter.source))*")
    parts.append(navigation)
    return parts.map(\.trimmingNewlines).joined(separator: "\n\n") + "\n"
  }

  /// A pin in a hidden line prints nothing in the book, so the prose must mention it.
  private mutating func refuseUnseenPins(mentioned: Set<String>) {
    for case .cell(let cell) in manuscript.blocks {
      for (name, line) in values.pinLines
      where cell.hidden.contains(line) && !mentioned.contains(name) {
        problems.append(
          Problem(line: line, message: "\(name) is hidden and unused; write {{\(name)}} or show it")
        )
      }
    }
  }

  private var navigation: String {
    var links: [String] = []
    if let previous = neighbours.previous {
      links.append(
        "[← \(previous.number). \(previous.title)](\(chapter.linkToBook)\(previous.page))")
    }
    links.append("[Contents](\(chapter.linkToBook)README.md)")
    if let next = neighbours.next {
      links.append("[\(next.number). \(next.title) →](\(next.page))")
    }
    return links.joined(separator: " · ")
  }

  private func location(_ excerpt: Excerpt) -> String {
    "*[Sources/\(excerpt.path)](\(chapter.linkToRoot)Sources/\(excerpt.path))*, `\(excerpt.name)`:"
  }
}

/// A fenced block, with a fence longer than any inside it.
func fence(_ language: String, _ lines: [String]) -> String {
  let text = lines.joined(separator: "\n")
  var ticks = "```"
  while text.contains(ticks) { ticks += "`" }
  return "\(ticks)\(language)\n\(text)\n\(ticks)"
}

/// `850 ms`, `12 s`, `3 min 20 s`
func secondsText(_ milliseconds: Int) -> String {
  if milliseconds < 1000 { return "\(milliseconds) ms" }
  let seconds = (milliseconds + 500) / 1000
  return seconds < 60 ? "\(seconds) s" : "\(seconds / 60) min \(seconds % 60) s"
}

/// `84 MB`
func memoryText(_ bytes: Int) -> String { "\((bytes + 500_000) / 1_000_000) MB" }

extension String {
  fileprivate var trimmingNewlines: String {
    var text = Substring(self)
    while text.first == "\n" { text.removeFirst() }
    while text.last == "\n" { text.removeLast() }
    return String(text)
  }
}
