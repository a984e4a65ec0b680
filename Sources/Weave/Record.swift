import Foundation
import Notebook

/// What is committed about the numbers of a chapter or study: `book/pins/01-tensors.json`, one value
/// a line.
struct Record: Codable, Equatable {
  var title = ""
  /// The one-line result for the contents page, woven.
  var result = ""
  var claims = 0
  /// The exact text of every pin.
  var pins: [String: String] = [:]
  /// The last accepted text of what differs from run to run.
  var measured: [String: Measured] = [:]
  /// The last accepted tables of such values, by caption.
  var tables: [String: MeasuredTable] = [:]
  var cost = Cost()
  /// Of a study, the fingerprints of the code that it ran (`studyFingerprint`) and of its page,
  /// which nothing weaves again to compare.
  var sources: String?
  var page: String?

  struct Measured: Codable, Equatable {
    var value: String
    var unit: String
  }

  struct MeasuredTable: Codable, Equatable {
    var columns: [String]
    var rows: [[String]]
  }

  /// What the run of the book cost.
  struct Cost: Codable, Equatable {
    var milliseconds = 0
    var peakMemory = 0
  }
}

extension Record {
  /// Reads a committed record; `nil` when the chapter has none yet.
  init?(contentsOf url: URL, in repository: Repository, chapter: ChapterName) throws(WeaveError) {
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    let path = repository.relative(url)
    guard let data = try? Data(contentsOf: url) else { throw WeaveError("cannot read \(path)") }
    guard let record = try? JSONDecoder().decode(Record.self, from: data) else {
      throw WeaveError(
        "\(path) is damaged; restore it with git checkout \(path), "
          + "or write it anew with \(chapter.remedy)")
    }
    self = record
  }

  /// The file's bytes: sorted, one value a line, so that a change of one number is one line of diff.
  var data: Data {
    func quoted(_ text: String) -> String { json(text) }
    func object(_ entries: [(String, String)]) -> String {
      guard !entries.isEmpty else { return "{}" }
      let lines = entries.sorted { $0.0 < $1.0 }.map { "    \(quoted($0.0)): \($0.1)" }
      return "{\n" + lines.joined(separator: ",\n") + "\n  }"
    }
    func array(_ items: [String]) -> String { "[" + items.joined(separator: ", ") + "]" }
    let measuredLines = measured.map { name, entry in
      (name, "{\"value\": \(quoted(entry.value)), \"unit\": \(quoted(entry.unit))}")
    }
    let tableLines = tables.map { caption, table in
      let columns = array(table.columns.map(quoted))
      let rows = table.rows.map { "      " + array($0.map(quoted)) }.joined(separator: ",\n")
      return (caption, "{\"columns\": \(columns), \"rows\": [\n\(rows)\n    ]}")
    }
    let cost = "{\"milliseconds\": \(cost.milliseconds), \"peakMemory\": \(cost.peakMemory)}"
    let fingerprints = [("sources", sources), ("page", page)].compactMap { name, value in
      value.map { ",\n  \(quoted(name)): \(quoted($0))" }
    }.joined()
    let text = """
      {
        "title": \(quoted(title)),
        "result": \(quoted(result)),
        "claims": \(claims),
        "pins": \(object(pins.map { ($0, quoted($1)) })),
        "measured": \(object(measuredLines)),
        "tables": \(object(tableLines)),
        "cost": \(cost)\(fingerprints)
      }

      """
    return Data(text.utf8)
  }
}

/// A string as JSON.
private func json(_ text: String) -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = .withoutEscapingSlashes
  guard let data = try? encoder.encode(text) else { return "\"\"" }
  return String(decoding: data, as: UTF8.self)
}
