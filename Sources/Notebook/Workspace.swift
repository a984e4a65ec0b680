import Foundation

/// A folder of files that a chapter can make again, kept until something that can change it changes.
///
/// ```swift
/// let folder = try workspace(
///   "base-model", key: configuration.description, madeBy: "Training", takes: "3 minutes"
/// ) { folder in
///   try train(configuration).save(to: folder)
/// }
/// let model = try Transformer(contentsOf: folder)
/// ```
///
/// The first chapter that asks makes the files; all others find them, in any process. The folder
/// lies under `.build/espalier/artefacts` and is named after a hash of `name`, `key`, the knobs
/// (`SIZE`, `SEED`, `ESPALIER_ENGINE`), the compiler, and the code, without its comments, of `module`
/// and of the modules it imports. Outside a checkout, the program itself stands for its sources.
///
/// - Parameters:
///   - key: Whatever else decides the content, such as the configuration.
///   - module: The module of `Sources/` whose code makes the files. The recipe must live there, not
///     in the chapter, or a change of the chapter would go unnoticed.
///   - estimate: How long making them takes, for the notice; nil for a few seconds, about which nothing
///     is said.
///   - make: Writes the files into the folder it is given. If it throws, nothing is kept.
/// - Returns: The finished folder. It is shared: read it, never write to it.
public func workspace(
  _ name: String, key: String, madeBy module: String, takes estimate: String?,
  _ make: (URL) throws -> Void
) throws -> URL {
  let checkout = Checkout.ofThisProgram
  let hash = try checkout.hash(of: module, and: [name, key, Knobs.current.description])
  let place = Workspace(root: checkout.root.appending(path: ".build/espalier/artefacts"))
  return try place.folder("\(name)-\(hash)") { folder in
    if let estimate {
      Terminal.writeError("making \(name), which takes \(estimate) the first time\n")
    }
    try make(folder)
  }
}

/// Why an artefact cannot be kept, on one line.
struct WorkspaceError: Error, CustomStringConvertible {
  let description: String

  init(_ place: URL, _ reason: any Error) {
    description = "\(place.path): cannot be written: \(reason.localizedDescription)"
  }
}

/// The folder of finished artefacts.
struct Workspace {
  let root: URL

  /// Returns the folder called `name`, making it if it is missing.
  ///
  /// It is filled under another name and renamed when complete, so it is never seen half-made. Two
  /// processes that want it at once take turns: the second finds what the first has made.
  func folder(_ name: String, make: (URL) throws -> Void) throws -> URL {
    let finished = root.appending(path: name)
    if exists(finished) { return finished }
    do {
      try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    } catch {
      throw WorkspaceError(root, error)
    }
    let lock = open(root.appending(path: ".\(name).lock").path, O_WRONLY | O_CREAT, 0o644)
    guard lock >= 0 else { throw WorkspaceError(root, CocoaError(.fileWriteNoPermission)) }
    defer { close(lock) }
    while flock(lock, LOCK_EX) != 0 && errno == EINTR {}
    if exists(finished) { return finished }
    let partial = root.appending(path: ".\(name).partial")
    try? FileManager.default.removeItem(at: partial)
    try FileManager.default.createDirectory(at: partial, withIntermediateDirectories: true)
    do {
      try make(partial)
      try FileManager.default.moveItem(at: partial, to: finished)
    } catch {
      try? FileManager.default.removeItem(at: partial)
      throw error
    }
    return finished
  }

  private func exists(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: url.path) }
}
