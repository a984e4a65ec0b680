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
    try programs().filter { !$0.isStudy }
  }

  /// The studies in the order of their chapters: every `Chapters/NN-Name-Study/main.swift`.
  func studies() throws(WeaveError) -> [ChapterName] {
    try programs().filter(\.isStudy)
  }

  private func programs() throws(WeaveError) -> [ChapterName] {
    let folder = root.appending(path: "Chapters")
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
      throw WeaveError("cannot read \(folder.path)")
    }
    let programs = names.compactMap(ChapterName.init(folder:)).filter {
      FileManager.default.fileExists(atPath: root.appending(path: $0.source).path)
    }
    return programs.sorted { $0.number < $1.number }
  }

  /// The chapter a reader asks for by number, such as `1` or `01`.
  func chapter(_ text: String) throws(WeaveError) -> ChapterName {
    let chapters = try chapters()
    if let chapter = chapters.first(numbered: text) { return chapter }
    throw WeaveError("there is no chapter \(text); the chapters are \(list(chapters))")
  }

  /// The study a reader asks for by the number of its chapter.
  func study(_ text: String) throws(WeaveError) -> ChapterName {
    let studies = try studies()
    if let study = studies.first(numbered: text) { return study }
    let known = studies.isEmpty ? "no chapter has one yet" : "the studies are \(list(studies))"
    throw WeaveError("there is no study \(text); \(known)")
  }

  /// The path of a file relative to the root, for messages.
  func relative(_ url: URL) -> String {
    let path = url.standardizedFileURL.path
    let prefix = root.standardizedFileURL.path + "/"
    return path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path
  }
}

extension [ChapterName] {
  /// The chapter or study with the number that `text` is.
  func first(numbered text: String) -> ChapterName? {
    Int(text).flatMap { number in first { $0.number == number } }
  }
}

/// `1 (Tensors), 2 (Attention)`
private func list(_ programs: [ChapterName]) -> String {
  programs.map { "\($0.number) (\($0.name))" }.joined(separator: ", ")
}
