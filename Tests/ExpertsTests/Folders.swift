import Foundation
import Testing

/// What `Tests/Oracles` made.
let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
  .appending(path: "../Oracles/Fixtures").standardized

func copy(_ name: String, to folder: URL) throws {
  let source = fixtures.appending(path: "mixtures/\(name)")
  for file in try FileManager.default.contentsOfDirectory(
    at: source, includingPropertiesForKeys: nil)
  {
    try FileManager.default.copyItem(at: file, to: folder.appending(path: file.lastPathComponent))
  }
}

/// Replaces `old` by `new` in the configuration in `folder`.
func edit(_ folder: URL, _ old: String, _ new: String) throws {
  let file = folder.appending(path: "config.json")
  let text = try String(contentsOf: file, encoding: .utf8)
  try #require(text.contains(old))
  try text.replacingOccurrences(of: old, with: new).write(
    to: file, atomically: false, encoding: .utf8)
}
