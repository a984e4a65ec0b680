import ArgumentParser
import Foundation
import Notebook

/// A study is run and its page written by one command, and by no other: its runs take too long to be
/// repeated whenever the book is made or checked.
extension Weaver {
  /// Runs the arms of a study that are missing, and writes its page, its figures and its record.
  ///
  /// - Parameter fresh: Whether to run all arms again.
  func study(_ selected: String?, fresh: Bool) throws {
    let study = try repository.study(selected ?? "without a number")
    if fresh { try runner.forgetArms(of: study) }
    let hasRecord = ((try? committedRecord(study)) ?? nil) != nil
    var renewing = fresh || !hasRecord
    var edition = try edition(study, fresh: fresh, renewing: renewing)
    let claims = edition.brokenNumbers().filter { $0.name.hasPrefix("claim: ") }
    guard claims.isEmpty else {
      say(Difference.table(claims))
      throw WeaveError("a study with a false claim has no page; correct the claim or the study")
    }
    guard edition.trace.opening?.knobs.areThoseOfTheBook == true else {
      let knobs = edition.trace.opening?.knobs.description ?? "other knobs"
      return say("\(study.stem)  claims hold; no page written, for the book is not of \(knobs)")
    }
    guard try edition.record.sources == studyFingerprint(study.number, in: repository.root) else {
      throw WeaveError(
        "the code of \(study.label) changed while it ran; run \(study.remedy) again")
    }
    let changedPins = hasRecord ? edition.brokenNumbers() : []
    if !changedPins.isEmpty {
      say(Difference.table(changedPins) + "\n")
      renewing = true
      edition = try self.edition(study, fresh: false, renewing: renewing)
    }
    let changed = try publish(edition, redrawing: renewing)
    let text = changed.isEmpty ? "unchanged" : "wrote \(changed.joined(separator: ", "))"
    say("\(study.stem)  \(text)\(changed.isEmpty ? "" : "; review with git diff book")")
  }

  /// Looks at a study's committed page without running it: what was changed by hand is a
  /// difference, and a page that belongs to other code than this is said to be so.
  func inspect(_ study: ChapterName) throws -> [Difference] {
    guard let record = try committedRecord(study) else {
      say("\(study.stem)  warning: it has no page yet; \(study.remedy) runs it")
      return []
    }
    let path = "book/\(study.page)"
    let page = try? String(
      contentsOf: repository.book.appending(path: study.page), encoding: .utf8)
    guard let page, pageFingerprint(page) == record.page else {
      return [
        Difference(
          name: path, expected: "the page of its record",
          found: page == nil ? "no file" : "an edited page", place: "book/\(study.record)")
      ]
    }
    let scope = "\(count(record.pins.count, "pin")), \(count(record.claims, "claim"))"
    if try record.sources == studyFingerprint(study.number, in: repository.root) {
      say("\(study.stem)  not run again; its page belongs to this code (\(scope))")
    } else {
      say(
        "\(study.stem)  warning: its page is of an earlier state of its code; \(study.remedy) "
          + "runs it again")
    }
    return []
  }
}
