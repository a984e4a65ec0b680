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

  /// A hash of `texts`, the compiler, and the sources of `module` and all it imports.
  func hash(of module: String, and texts: [String]) throws -> String {
    var hash = Fingerprint()
    for text in texts { hash.combine(text) }
    hash.combine(compiler)
    let files = try sources(of: module)
    for file in files.isEmpty ? [program] : files {
      hash.combine(file.lastPathComponent)
      hash.combine(try Data(contentsOf: file))
    }
    return hash.text
  }

  /// The source files of `module` and of the modules of this package that it imports, in order.
  func sources(of module: String) throws -> [URL] {
    var known: Set = [module]
    var waiting = [module]
    var files: [URL] = []
    while let module = waiting.popLast() {
      let folder = root.appending(path: "Sources/\(module)")
      guard let paths = FileManager.default.enumerator(atPath: folder.path) else { continue }
      for path in paths.compactMap({ $0 as? String })
      where [".swift", ".c", ".h"].contains(where: path.hasSuffix) {
        let file = folder.appending(path: path)
        files.append(file)
        let text = try String(contentsOf: file, encoding: .utf8)
        for name in imports(text) where known.insert(name).inserted { waiting.append(name) }
      }
    }
    return files.sorted { $0.path < $1.path }
  }

  private func imports(_ text: String) -> [String] {
    text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      guard let keyword = words.firstIndex(of: "import"), keyword < 3, words.count > keyword + 1
      else { return nil }
      return String(words[keyword + 1])
    }
  }

  /// The compiler's version as far as the language can tell it.
  private var compiler: String {
    #if compiler(>=6.4)
      "6.4 or later"
    #elseif compiler(>=6.3)
      "6.3"
    #else
      "6.2"
    #endif
  }
}
