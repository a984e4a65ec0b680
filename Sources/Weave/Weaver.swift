import Foundation
import Notebook

/// Makes editions of chapters, publishes them, and checks them against the committed book.
struct Weaver {
  let repository: Repository
  let runner: Runner

  /// Runs a chapter, or remembers its run, and weaves it.
  func edition(_ chapter: ChapterName, fresh: Bool, renewing: Bool = false) throws -> Edition {
    let committed = renewing ? try? committedRecord(chapter) : try committedRecord(chapter)
    let trace = try runner.trace(of: chapter, fresh: fresh)
    let source = try text(repository.root.appending(path: chapter.source))
    let study = try repository.studies().first { $0.number == chapter.number && $0 != chapter }
    let edition = try Edition(
      chapter, source: source, trace: trace, committed: committed, renewing: renewing,
      study: try study.flatMap(committedRecord), neighbours: try neighbours(chapter)
    ) { excerpt throws(WeaveError) in
      try excerpt.lines(in: text(repository.sources.appending(path: excerpt.path)))
    }
    try requireStudyFiles(of: edition)
    return edition
  }

  /// Refuses a page that shows what no study has drawn, such as
  /// `![Recall](studies/figures/03-recall.svg)`.
  private func requireStudyFiles(of edition: Edition) throws(WeaveError) {
    for piece in edition.page.split(separator: "](studies/", omittingEmptySubsequences: false)
      .dropFirst()
    {
      let path = "studies/" + piece.prefix { !")#".contains($0) }
      guard !FileManager.default.fileExists(atPath: repository.book.appending(path: path).path)
      else { continue }
      throw WeaveError(
        "\(edition.chapter.source) links book/\(path), which does not exist; the study writes it: "
          + "make study N=\(edition.chapter.number)")
    }
  }

  func committedRecord(_ chapter: ChapterName) throws(WeaveError) -> Record? {
    try Record(
      contentsOf: repository.book.appending(path: chapter.record), in: repository, chapter: chapter)
  }

  /// Writes an edition and the contents page. Returns the paths below `book/` that changed.
  func publish(_ edition: Edition, redrawing: Bool = false) throws -> [String] {
    var publication = Publication(book: repository.book)
    for (path, drawing) in edition.figures {
      if !(redrawing && drawing.figure.isMeasured), isCurrent(drawing, at: path) { continue }
      let svg = try Gnuplot.draw(drawing.script, name: drawing.figure.name)
      publication.add(path, Data(drawing.signed(svg).utf8))
    }
    publication.add(edition.chapter.page, Data(edition.page.utf8))
    publication.add(edition.chapter.record, edition.record.data)
    publication.add("README.md", Data(try contents(with: edition).utf8))
    for path in strayFigures(edition) { publication.remove(path) }
    return try publication.publish()
  }

  /// Every difference between an edition and the committed book.
  func differences(_ edition: Edition) throws -> [Difference] {
    var differences = edition.brokenNumbers()
    guard edition.trace.opening?.knobs.areThoseOfTheBook == true else { return differences }
    let chapter = edition.chapter
    differences += differingLine(chapter.page, edition.page, source: chapter.source)
    for (path, drawing) in edition.figures where !isCurrent(drawing, at: path) {
      let svg = try? String(contentsOf: repository.book.appending(path: path), encoding: .utf8)
      let found = svg.map { Drawing.fingerprint(of: $0) ?? "an unsigned file" } ?? "no file"
      differences.append(
        Difference(
          name: "figure \(drawing.figure.name)", expected: found, found: drawing.fingerprint,
          place: "book/\(path)"))
    }
    for path in strayFigures(edition) {
      differences.append(
        Difference(name: "book/\(path)", expected: "a figure", found: "none", place: chapter.source)
      )
    }
    return differences
  }

  /// The difference between the committed contents page and the one the records give.
  func contentsDifference() throws -> [Difference] {
    differingLine("README.md", try contents(with: nil), source: "book/pins")
  }

  private func isCurrent(_ drawing: Drawing, at path: String) -> Bool {
    let svg = try? String(contentsOf: repository.book.appending(path: path), encoding: .utf8)
    return svg.flatMap(Drawing.fingerprint) == drawing.fingerprint
  }

  /// Committed figures of the chapter that it no longer draws.
  private func strayFigures(_ edition: Edition) -> [String] {
    let folder = repository.book.appending(path: edition.chapter.figures)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    let prefix = edition.chapter.folder.prefix(3)
    let drawn = Set(edition.figures.map(\.path))
    return names.sorted().filter { $0.hasPrefix(prefix) && $0.hasSuffix(".svg") }
      .map { "\(edition.chapter.figures)/\($0)" }.filter { !drawn.contains($0) }
  }

  /// The first line in which a committed page differs from the woven one.
  private func differingLine(_ path: String, _ woven: String, source: String) -> [Difference] {
    let url = repository.book.appending(path: path)
    guard let committed = try? String(contentsOf: url, encoding: .utf8) else {
      return [
        Difference(name: "book/\(path)", expected: "no file", found: "a page", place: source)
      ]
    }
    guard committed != woven else { return [] }
    let old = committed.split(separator: "\n", omittingEmptySubsequences: false)
    let new = woven.split(separator: "\n", omittingEmptySubsequences: false)
    let line =
      zip(old, new).enumerated().first { $1.0 != $1.1 }?.offset ?? min(old.count, new.count)
    return [
      Difference(
        name: "book/\(path)", expected: line < old.count ? String(old[line]) : "the end",
        found: line < new.count ? String(new[line]) : "the end", place: "book/\(path):\(line + 1)")
    ]
  }

  private func contents(with edition: Edition?) throws -> String {
    func records(_ names: [ChapterName]) throws -> [(name: ChapterName, record: Record?)] {
      try names.map { name in
        (name, name == edition?.chapter ? edition?.record : try committedRecord(name))
      }
    }
    return contentsPage(
      try records(repository.chapters()), studies: try records(repository.studies()))
  }

  private func neighbours(_ chapter: ChapterName) throws(WeaveError) -> Neighbours {
    let chapters = try repository.chapters()
    // The page before that of a study is its chapter's.
    let index = chapters.firstIndex { $0.number == chapter.number }
    guard let index else { return Neighbours() }
    func link(_ index: Int) throws(WeaveError) -> (Int, String, String)? {
      guard chapters.indices.contains(index) else { return nil }
      let name = chapters[index]
      return (name.number, (try? committedRecord(name))?.title ?? name.name, name.page)
    }
    return chapter.isStudy
      ? Neighbours(previous: try link(index))
      : Neighbours(previous: try link(index - 1), next: try link(index + 1))
  }

  private func text(_ url: URL) throws(WeaveError) -> String {
    guard let text = try? String(contentsOf: url, encoding: .utf8) else {
      throw WeaveError("cannot read \(repository.relative(url))")
    }
    return text
  }
}
