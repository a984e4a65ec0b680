import ArgumentParser
import Foundation
import Notebook

/// What the commands do, and what they say.
extension Weaver {
  /// The weaver for the checkout around the current folder.
  static func here() throws -> Weaver {
    let folder = URL(filePath: FileManager.default.currentDirectoryPath)
    let repository = try Repository(containing: folder)
    return Weaver(repository: repository, runner: Runner(repository: repository))
  }

  private func selection(_ chapter: String?) throws(WeaveError) -> [ChapterName] {
    if let chapter { return [try repository.chapter(chapter)] }
    return try repository.chapters()
  }

  func book(_ selected: String?, fresh: Bool) throws {
    var report = Report()
    for chapter in try selection(selected) {
      report.collecting(chapter) {
        let edition = try edition(chapter, fresh: fresh)
        let broken = edition.brokenNumbers()
        if !broken.isEmpty {
          say("\(chapter.stem)  not woven; the old page is untouched")
        } else if let knobs = edition.trace.opening?.knobs, !knobs.areThoseOfTheBook {
          say(
            "\(chapter.stem)  claims hold; not woven, for the book is not of \(knobs.description)")
        } else {
          let changed = try publish(edition)
          let text = changed.isEmpty ? "unchanged" : "wrote \(changed.joined(separator: ", "))"
          say("\(chapter.stem)  \(text)")
        }
        return broken
      }
    }
    try report.finish()
  }

  func verify(_ selected: String?, fresh: Bool) throws {
    var report = Report()
    var isOfTheBook = true
    for chapter in try selection(selected) {
      report.collecting(chapter) {
        let edition = try edition(chapter, fresh: fresh)
        let differences = try differences(edition)
        let claims = count(edition.record.claims, "claim")
        let scope: String
        if edition.trace.opening?.knobs.areThoseOfTheBook == true {
          scope = "\(count(edition.record.pins.count, "pin")), \(claims), the page"
        } else {
          isOfTheBook = false
          scope = "\(claims); pins and page are of another SIZE, SEED or engine"
        }
        say("\(chapter.stem)  \(differences.isEmpty ? "as committed" : "differs")  (\(scope))")
        return differences
      }
    }
    for study in try repository.studies()
    where selected == nil || study.number == selected.flatMap(Int.init) {
      report.collecting(study) { try inspect(study) }
    }
    if isOfTheBook, !report.hasFailed { report.differences += try contentsDifference() }
    try report.finish()
  }

  func accept(_ selected: String) throws {
    let chapter = try repository.chapter(selected)
    let edition = try edition(chapter, fresh: true, renewing: true)
    guard edition.trace.opening?.knobs.areThoseOfTheBook == true else {
      throw WeaveError("accept needs the book's knobs; unset SIZE, SEED and ESPALIER_ENGINE")
    }
    let broken = edition.brokenNumbers()
    let claims = broken.filter { $0.name.hasPrefix("claim: ") }
    guard claims.isEmpty else {
      say(Difference.table(claims))
      throw WeaveError("a false claim cannot be accepted; correct the chapter or the claim")
    }
    let changed = try publish(edition, redrawing: true)
    if !broken.isEmpty { say(Difference.table(broken)) }
    say("\(chapter.stem)  accepted; review with git diff book (\(changed.count) files changed)")
  }
}

/// What went wrong in some chapters, told together at the end.
private struct Report {
  var differences: [Difference] = []
  private var differing: [ChapterName] = []
  private(set) var hasFailed = false

  /// Takes in the differences of one chapter. An error is told at once, and the others go on.
  mutating func collecting(_ chapter: ChapterName, _ body: () throws -> [Difference]) {
    do {
      let found = try body()
      differences += found
      if !found.isEmpty { differing.append(chapter) }
    } catch {
      complain(error)
      hasFailed = true
    }
  }

  func finish() throws {
    if !differences.isEmpty {
      let remedies = differing.map(\.remedy).joined(separator: ", ")
      // Which `accept` would refuse.
      let isFalse = differences.contains { $0.name.hasPrefix("claim: ") }
      say("\n\(Difference.table(differences))\n")
      say(
        "\(count(differences.count, "difference")); "
          + (isFalse
            ? "correct the chapter or its claim" : "if the run is right: \(remedies)"))
    }
    if hasFailed || !differences.isEmpty { throw ExitCode.failure }
  }
}

func say(_ text: String) { Terminal.write(text) }

/// One line on standard error.
func complain(_ error: any Error) { Terminal.writeError("weave: \(error)\n") }
