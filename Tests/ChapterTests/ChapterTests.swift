import Foundation
import Testing

@testable import weave

/// The committed book, checked with the weaver's own code against a run of every chapter.
///
/// A run is remembered, so `make test`, `make book` and this suite share one.
@Suite(.serialized) struct ChapterTests {
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  static let chapters = (try? Repository(root: root).chapters()) ?? []

  private let weaver = Weaver(
    repository: Repository(root: root), runner: Runner(repository: Repository(root: root)))

  @Test func thereAreChapters() {
    #expect(!Self.chapters.isEmpty)
  }

  @Test(arguments: chapters)
  func pinsAndClaimsHold(chapter: ChapterName) throws {
    let edition = try weaver.edition(chapter, fresh: false)
    let broken = edition.brokenNumbers()
    #expect(broken.isEmpty, "\n\(Difference.table(broken))")
    #expect(edition.record.claims > 0, "a chapter without claims checks nothing")
  }
}
