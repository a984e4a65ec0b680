import ArgumentParser
import Foundation

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
    var differences: [Difference] = []
    for chapter in try selection(selected) {
      let edition = try edition(chapter, fresh: fresh)
      let broken = edition.brokenNumbers()
      if !broken.isEmpty {
        differences += broken
        say("\(chapter.stem)  not woven: \(broken.count) differ\(broken.count == 1 ? "s" : "")")
      } else if let knobs = edition.trace.opening?.knobs, !knobs.areThoseOfTheBook {
        say(
          "\(chapter.stem)  claims hold; not woven, because the book is not made with \(knobs.description)"
        )
      } else {
        let changed = try publish(edition)
        say(
          "\(chapter.stem)  \(changed.isEmpty ? "unchanged" : "wrote " + changed.joined(separator: ", "))"
        )
      }
    }
    try finish(differences, remedy: "the old pages are untouched; if the new numbers are right, ")
  }

  func verify(_ selected: String?, fresh: Bool) throws {
    var differences: [Difference] = []
    var isOfTheBook = true
    for chapter in try selection(selected) {
      let edition = try edition(chapter, fresh: fresh)
      let found = try self.differences(edition)
      differences += found
      let checked = edition.trace.opening?.knobs.areThoseOfTheBook == true
      isOfTheBook = isOfTheBook && checked
      let scope =
        checked
        ? "\(edition.record.pins.count) pins, \(edition.record.claims) claims, the page"
        : "\(edition.record.claims) claims (pins and page are those of another SIZE, SEED or engine)"
      say("\(chapter.stem)  \(found.isEmpty ? "as committed" : "differs"): \(scope)")
    }
    if isOfTheBook { differences += try contentsDifference() }
    try finish(differences, remedy: "if the new numbers are right, ")
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

  private func finish(_ differences: [Difference], remedy: String) throws {
    guard !differences.isEmpty else { return }
    say("\n" + Difference.table(differences))
    say(
      "\n\(differences.count) differ\(differences.count == 1 ? "s" : ""); \(remedy)make accept N=…")
    throw ExitCode.failure
  }

  private func say(_ text: String) { print(text) }
}
