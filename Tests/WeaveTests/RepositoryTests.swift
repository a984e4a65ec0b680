import Foundation
import Testing

@testable import weave

@Suite struct RepositoryTests {
  @Test func theRootIsFoundFromBelow() throws {
    let scratch = try Scratch()
    let below = scratch.url("Sources/Tensors")
    #expect(
      try Repository(containing: below).root.standardizedFileURL.path
        == scratch.root.standardizedFileURL.path)
    #expect(throws: WeaveError.self) { try Repository(containing: URL(filePath: "/")) }
    #expect(throws: WeaveError.self) { try Repository(containing: URL(filePath: "/tmp")) }
  }

  @Test func chaptersAreInReadingOrder() throws {
    let scratch = try Scratch()
    for folder in ["10-LowRank", "02-Attention"] {
      try scratch.write("Chapters/\(folder)/main.swift", "")
    }
    for stray in ["notes/main.swift", "3-Bad/main.swift", "04-Empty/readme"] {
      try scratch.write("Chapters/\(stray)", "")
    }
    #expect(try scratch.repository.chapters().map(\.number) == [1, 2, 10])
    #expect(try scratch.repository.chapter("10").target == "ch10-lowrank")
    #expect(try scratch.repository.chapter("01").page == "01-tensors.md")
  }

  @Test(arguments: ["abc", "99", "-1", "", "1.0", "0", "99999999999999999999"])
  func unknownChaptersNameTheKnown(text: String) throws {
    let scratch = try Scratch()
    let error = #expect(throws: WeaveError.self) { try scratch.repository.chapter(text) }
    #expect(
      error?.description == "there is no chapter \(text); the chapters are 1 (Tensors)")
  }
}
