import Foundation
import Testing

@testable import weave

@Suite struct RecordTests {
  private let record = {
    var record = Record()
    record.title = "Tensors \"quoted\""
    record.result = "It\nworks"
    record.claims = 2
    record.pins = ["b": "0.1", "a": "text with / and \u{1} and é", "c": "-inf"]
    record.measured = ["t": .init(value: "1.5", unit: "ms")]
    record.tables = ["Ways": .init(columns: ["a", "b"], rows: [["x", "1"], ["y", "2"]])]
    record.cost = .init(milliseconds: 5, peakMemory: 7)
    return record
  }()

  @Test func readsBackWhatItWrote() throws {
    #expect(try JSONDecoder().decode(Record.self, from: record.data) == record)
    #expect(try JSONDecoder().decode(Record.self, from: Record().data) == Record())
  }

  @Test func isOneSortedValueALine() {
    let lines = String(decoding: record.data, as: UTF8.self).split(separator: "\n")
    let pins = lines.filter { $0.hasPrefix("    \"") }
    #expect(pins.count == 5)
    #expect(pins[0].hasPrefix("    \"a\": ") && pins[1] == "    \"b\": \"0.1\",")
  }

  @Test func damageIsNamedWithItsRemedy() throws {
    let scratch = try Scratch()
    let chapter = try #require(ChapterName(folder: "01-Tensors"))
    let url = scratch.root.appending(path: "book/pins/01-tensors.json")
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    let text = String(decoding: record.data, as: UTF8.self)
    var refused = 0
    for mutation in mutations(of: text, count: 200, seed: 5) {
      try Data(mutation.utf8).write(to: url)
      do {
        _ = try Record(contentsOf: url, in: scratch.repository, chapter: chapter)
      } catch {
        refused += 1
        #expect(
          error.description == "book/pins/01-tensors.json is damaged; restore it with git checkout "
            + "book/pins/01-tensors.json, or write it anew with make accept N=1")
      }
    }
    #expect(refused > 100)
  }

  @Test func aMissingRecordIsNone() throws {
    let scratch = try Scratch()
    let chapter = try #require(ChapterName(folder: "01-Tensors"))
    let url = scratch.root.appending(path: "nowhere.json")
    #expect(try Record(contentsOf: url, in: scratch.repository, chapter: chapter) == nil)
  }
}
