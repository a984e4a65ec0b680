import Foundation
import Notebook

/// One chapter, woven: its page, its figures, and the record of its numbers.
///
/// An edition is made in memory from the source, the trace of a run and the committed record. It
/// compares itself with the committed book, or becomes it.
struct Edition {
  let chapter: ChapterName
  let trace: Trace
  /// The record this run would commit. Volatile values are the last accepted ones.
  let record: Record
  let page: String
  /// The figures by path below `book/`, in order.
  let figures: [(path: String, drawing: Drawing)]
  /// Where each pin was recorded.
  private let pinLines: [String: Int]
  private let committed: Record?

  /// - Parameters:
  ///   - committed: The chapter's record, whose volatile values are kept.
  ///   - renewing: Whether to take the volatile values of this run instead.
  ///   - study: The committed record of the chapter's study, if it has one.
  init(
    _ chapter: ChapterName, source: String, trace: Trace, committed: Record?, renewing: Bool,
    study: Record?, neighbours: Neighbours, excerpts: (Excerpt) throws(WeaveError) -> [String]
  ) throws(ManuscriptError) {
    let manuscript = Manuscript(source)
    var values = RunValues(trace, manuscript: manuscript, study: study)
    if !renewing, let committed { values.keep(committed) }
    var writer = PageWriter(
      chapter: chapter, manuscript: manuscript, values: values, neighbours: neighbours)
    let title = trace.opening?.title ?? chapter.name
    page = writer.page(title: title, excerpts: excerpts)
    let problems = manuscript.problems + values.problems + writer.problems
    guard problems.isEmpty else {
      throw ManuscriptError(path: chapter.source, problems: problems)
    }
    self.chapter = chapter
    self.trace = trace
    self.committed = committed
    figures = values.figures.map { (chapter.figure($0.name), Drawing($0)) }
    pinLines = values.pinLines
    var record = values.record
    record.title = title
    record.result = writer.result
    if chapter.isStudy {
      record.sources = trace.opening?.sources
      record.page = pageFingerprint(page)
    }
    self.record = record
  }

  /// The claims that do not hold, and, under the book's knobs, the pins that differ.
  func brokenNumbers() -> [Difference] {
    var differences: [Difference] = []
    for event in trace.events {
      if case .claim(let sentence, holds: false) = event.content {
        differences.append(
          Difference(
            name: "claim: \(sentence)", expected: "true", found: "false", place: place(event.line)))
      }
    }
    guard trace.opening?.knobs.areThoseOfTheBook == true else { return differences }
    let expected = committed?.pins ?? [:]
    for name in Set(expected.keys).union(record.pins.keys).sorted()
    where expected[name] != record.pins[name] {
      differences.append(
        Difference(
          name: name, expected: expected[name] ?? "(no such pin)",
          found: record.pins[name] ?? "(no such pin)",
          place: pinLines[name].map(place) ?? chapter.source))
    }
    return differences
  }

  private func place(_ line: Int) -> String { "\(chapter.source):\(line)" }
}

/// What tells whether the page of a study is still as it was woven.
func pageFingerprint(_ page: String) -> String {
  var hash = Fingerprint()
  hash.combine(page)
  return hash.text
}

/// The chapters before and after, for the links of a page; of a study's page, its own chapter.
struct Neighbours {
  var previous: (number: Int, title: String, page: String)?
  var next: (number: Int, title: String, page: String)?
}
