import Foundation

/// The checkout the weaver works on.
struct Repository {
  let root: URL

  var book: URL { root.appending(path: "book") }
  var sources: URL { root.appending(path: "Sources") }
  /// What can be made again: traces and artefacts.
  var workspace: URL { root.appending(path: ".build/espalier") }

  init(root: URL) {
    self.root = root
  }

  /// Finds the checkout that holds `directory`: the nearest folder upwards with a `Package.swift`
  /// and `Chapters`.
  init(containing directory: URL) throws(WeaveError) {
    var candidate = directory.standardizedFileURL
    while true {
      let files = ["Package.swift", "Chapters"].map { candidate.appending(path: $0).path }
      if files.allSatisfy(FileManager.default.fileExists) {
        root = candidate
        return
      }
      let parent = candidate.deletingLastPathComponent().standardizedFileURL
      guard parent.path != candidate.path, candidate.path != "/" else {
        throw WeaveError(
          "no Package.swift with Chapters/ in \(directory.path) or above; run weave in a checkout")
      }
      candidate = parent
    }
  }

  /// The chapters in reading order: every `Chapters/NN-Name/main.swift`.
  func chapters() throws(WeaveError) -> [ChapterName] {
    let folder = root.appending(path: "Chapters")
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
      throw WeaveError("cannot read \(folder.path)")
    }
    let chapters = names.compactMap(ChapterName.init(folder:)).filter {
      FileManager.default.fileExists(atPath: root.appending(path: $0.source).path)
    }
    return chapters.sorted { $0.number < $1.number }
  }

  /// The chapter a reader asks for by number, such as `1` or `01`.
  func chapter(_ text: String) throws(WeaveError) -> ChapterName {
    let chapters = try chapters()
    if let number = Int(text), let chapter = chapters.first(where: { $0.number == number }) {
      return chapter
    }
    let known = chapters.map { "\($0.number) (\($0.name))" }.joined(separator: ", ")
    throw WeaveError("there is no chapter \(text); the chapters are \(known)")
  }

  /// The path of a file relative to the root, for messages.
  func relative(_ url: URL) -> String {
    let path = url.standardizedFileURL.path
    let prefix = root.standardizedFileURL.path + "/"
    return path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path
  }
}

/// The names that follow from a chapter's folder, `01-Tensors`.
struct ChapterName: Equatable {
  let folder: String
  let number: Int
  /// `Tensors`
  let name: String

  init?(folder: String) {
    let parts = folder.split(separator: "-", maxSplits: 1)
    guard parts.count == 2, parts[0].count == 2, let number = Int(parts[0]), number > 0,
      parts[1].allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) })
    else { return nil }
    self.folder = folder
    self.number = number
    name = String(parts[1])
  }

  /// `01-tensors`, the stem of everything the chapter owns in `book/`.
  var stem: String { folder.lowercased() }
  /// `ch01-tensors`, the program.
  var target: String { "ch\(stem)" }
  var source: String { "Chapters/\(folder)/main.swift" }
  var page: String { "\(stem).md" }
  var record: String { "pins/\(stem).json" }
  func figure(_ name: String) -> String { "figures/\(folder.prefix(2))-\(name).svg" }
}
