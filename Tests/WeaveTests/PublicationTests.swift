import Foundation
import Testing

@testable import weave

@Suite struct PublicationTests {
  @Test func writesOnlyWhatChanged() throws {
    let scratch = try Scratch()
    try scratch.write("book/a.md", "old")
    try scratch.write("book/b.md", "same")
    var publication = Publication(book: scratch.url("book"))
    publication.add("a.md", Data("new".utf8))
    publication.add("b.md", Data("same".utf8))
    publication.add("figures/c.svg", Data("c".utf8))
    #expect(try publication.publish() == ["a.md", "figures/c.svg"])
    #expect(
      scratch.book().mapValues { String(decoding: $0, as: UTF8.self) } == [
        "a.md": "new", "b.md": "same", "figures/c.svg": "c",
      ])
  }

  /// A folder in the place of a file stops the second write; the first must not have happened.
  @Test func oneFailureLeavesTheOldBook() throws {
    let scratch = try Scratch()
    try scratch.write("book/a.md", "old")
    try scratch.write("book/figures", "a file where a folder should be")
    let before = scratch.book()
    var publication = Publication(book: scratch.url("book"))
    publication.add("a.md", Data("new".utf8))
    publication.add("figures/c.svg", Data("c".utf8))
    let error = #expect(throws: WeaveError.self) { try publication.publish() }
    #expect(error?.description.contains("\n") == false)
    #expect(scratch.book() == before)
  }
}
