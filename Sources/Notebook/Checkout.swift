import Foundation

/// The checkout a program was built in, and what in it can change an artefact.
struct Checkout {
  let root: URL
  let program: URL

  /// The nearest folder above the program that has a `Package.swift`; else the current folder.
  static let ofThisProgram: Checkout = {
    let program = Bundle.main.executableURL ?? URL(filePath: CommandLine.arguments[0])
    var candidate = program.resolvingSymlinksInPath().deletingLastPathComponent()
    while candidate.path != "/" {
      if FileManager.default.fileExists(atPath: candidate.appending(path: "Package.swift").path) {
        return Checkout(root: candidate, program: program)
      }
      candidate.deleteLastPathComponent()
    }
    let here = URL(filePath: FileManager.default.currentDirectoryPath)
    return Checkout(root: here, program: program)
  }()

  /// A hash of `texts`, the compiler, and the code of `module` and all it imports.
  func hash(of module: String, and texts: [String]) throws -> String {
    var hash = Fingerprint()
    for text in texts { hash.combine(text) }
    hash.combine(compiler)
    let files = try sources(of: [module])
    if files.isEmpty { hash.combine(try Data(contentsOf: program)) }
    for file in files { try hash.combine(codeOf: file) }
    return hash.text
  }

  /// The source files of `modules` and of the modules of this package that they import, in order.
  func sources(of modules: Set<String>) throws -> [URL] {
    var known = modules
    var waiting = Array(modules)
    var files: [URL] = []
    while let module = waiting.popLast() {
      let folder = root.appending(path: "Sources/\(module)")
      guard let paths = FileManager.default.enumerator(atPath: folder.path) else { continue }
      for path in paths.compactMap({ $0 as? String })
      where [".swift", ".c", ".h"].contains(where: path.hasSuffix) {
        let file = folder.appending(path: path)
        files.append(file)
        for name in try imports(file) where known.insert(name).inserted { waiting.append(name) }
      }
    }
    return files.sorted { $0.path < $1.path }
  }

  /// The names of the modules that a source file imports.
  func imports(_ file: URL) throws -> [String] {
    try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      guard let keyword = words.firstIndex(of: "import"), keyword < 3, words.count > keyword + 1
      else { return nil }
      return String(words[keyword + 1])
    }
  }

  /// The compiler's version as far as the language can tell it.
  var compiler: String {
    #if compiler(>=6.4)
      "6.4 or later"
    #elseif compiler(>=6.3)
      "6.3"
    #else
      "6.2"
    #endif
  }
}

extension Fingerprint {
  /// Takes in the name of a source file and its code: all lines but those that are empty or hold a
  /// comment only, so that better words do not make a model be trained again.
  ///
  /// A file with a literal of several lines is taken whole, since a line in it may look like a
  /// comment.
  mutating func combine(codeOf file: URL) throws {
    combine(file.lastPathComponent)
    let text = try String(contentsOf: file, encoding: .utf8)
    guard !text.contains("\"\"\"") else { return combine(text) }
    let code = text.split(separator: "\n").filter { line in
      let start = line.drop { $0 == " " }
      return !start.isEmpty && !start.hasPrefix("//")
    }
    combine(code.joined(separator: "\n"))
  }
}
