import Foundation

/// Opens a study: the first call of its `main.swift`, which is otherwise written like a chapter's.
///
/// A study answers with many runs what a chapter can only show with one. Each of these is an arm
/// (`StudyArm`), and `outcomes(of:)` runs them:
///
/// ```swift
/// study(
///   3, "Experts",
///   shows: "where a mixture of experts beats a dense model, over three seeds",
///   needs: "nothing but this package",
///   takes: "about fifty minutes")
/// let arms = layouts.flatMap { layout in (1...3).map { seed in Recall(layout, seed) } }
/// let recalls = try outcomes(of: arms)
/// ```
///
/// The arms are declared in other files of the study's folder. Their outcomes are kept until that
/// code changes, or a module that it imports; `main.swift` may be rewritten as often as one likes.
public func study(
  _ number: Int, _ title: String, shows: String, needs: String, takes: String, line: Int = #line
) {
  let checkout = Checkout.ofThisProgram
  do {
    begin(
      .study,
      Opening(
        number: number, title: title, shows: shows, needs: needs, takes: takes, knobs: .current,
        sources: try checkout.fingerprint(ofStudy: number)),
      arms: ArmStore(
        folder: armsFolder(ofStudy: number, in: checkout.root, size: .current),
        sources: try checkout.hash(ofArmsOfStudy: number), knobs: .current),
      line: line)
  } catch {
    Terminal.stop("cannot read the study's sources: \(error.localizedDescription)")
  }
}

/// Where the outcomes of a study's arms are kept, in the checkout at `root`.
public func armsFolder(ofStudy number: Int, in root: URL, size: Size) -> URL {
  root.appending(path: ".build/espalier/arms/\(number)-\(size.rawValue)")
}

/// Identifies the code of study `number` in the checkout at `root`: everything in its folder, and
/// the code, without its comments, of the modules it imports. `nil` if there is no such study.
public func studyFingerprint(_ number: Int, in root: URL) throws -> String? {
  try Checkout(root: root, program: root).fingerprint(ofStudy: number)
}

extension Checkout {
  /// What `studyFingerprint` says.
  func fingerprint(ofStudy number: Int) throws -> String? {
    guard let main = try mainFile(ofStudy: number) else { return nil }
    var hash = Fingerprint()
    hash.combine(try Data(contentsOf: main))
    let files = try filesBeside(main)
    for file in try files + modules(importedBy: [main] + files) { try hash.combine(codeOf: file) }
    return hash.text
  }

  /// A hash of the compiler and of the code that decides what the arms of a study find: the files
  /// beside its `main.swift`, and the modules they import. Outside a checkout, the program.
  func hash(ofArmsOfStudy number: Int) throws -> String {
    var hash = Fingerprint()
    hash.combine(compiler)
    guard let main = try mainFile(ofStudy: number) else {
      hash.combine(try Data(contentsOf: program))
      return hash.text
    }
    let files = try filesBeside(main)
    for file in try files + modules(importedBy: files) { try hash.combine(codeOf: file) }
    return hash.text
  }

  /// `Chapters/03-Experts-Study/main.swift`
  private func mainFile(ofStudy number: Int) throws -> URL? {
    let chapters = root.appending(path: "Chapters")
    let folders = (try? FileManager.default.contentsOfDirectory(atPath: chapters.path)) ?? []
    return folders.sorted().first { $0.hasSuffix("-Study") && Int($0.prefix(2)) == number }
      .map { chapters.appending(path: "\($0)/main.swift") }
  }

  private func filesBeside(_ main: URL) throws -> [URL] {
    let folder = main.deletingLastPathComponent()
    return try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
      .filter { $0.hasSuffix(".swift") && $0 != "main.swift" }.map { folder.appending(path: $0) }
  }

  /// The notebook is left out, whoever imports it: it shows what an arm has found and has no part in
  /// finding it.
  private func modules(importedBy files: [URL]) throws -> [URL] {
    try sources(of: Set(files.flatMap(imports)))
      .filter { $0.deletingLastPathComponent().lastPathComponent != "Notebook" }
  }
}
