import Foundation
import Notebook

/// Runs chapters, and remembers their traces until something that can change them changes.
struct Runner {
  let repository: Repository
  let environment: [String: String]
  /// Whether people are watching: then the chapter's progress bar is let through.
  let isInteractive: Bool

  init(
    repository: Repository,
    environment: [String: String] = ProcessInfo.processInfo.environment,
    isInteractive: Bool = isatty(STDERR_FILENO) == 1
  ) {
    self.repository = repository
    self.environment = environment
    self.isInteractive = isInteractive
  }

  private var traces: URL { repository.workspace.appending(path: "traces") }

  /// The chapter's program: beside the running one when it is there, as in `.build/release`.
  func program(of chapter: ChapterName) throws(WeaveError) -> URL {
    let own = Bundle.main.executableURL?.deletingLastPathComponent()
    let places = [own, repository.root.appending(path: ".build/debug")].compactMap { $0 }
    let programs = places.map { $0.appending(path: chapter.target) }
    let inside = programs.filter {
      $0.standardizedFileURL.resolvingSymlinksInPath().path.hasPrefix(
        repository.root.resolvingSymlinksInPath().path + "/")
        && FileManager.default.isExecutableFile(atPath: $0.path)
    }
    guard let program = inside.first else {
      throw WeaveError("\(chapter.target) is not built; run swift build first")
    }
    let source = repository.root.appending(path: chapter.source)
    if let built = modified(program), let written = modified(source), built < written {
      throw WeaveError("\(chapter.target) is older than \(chapter.source); run swift build first")
    }
    return program
  }

  private func modified(_ url: URL) -> Date? {
    try? FileManager.default.attributesOfItem(atPath: url.path)[.modificationDate] as? Date
  }

  /// The trace of a complete run: a remembered one when nothing changed since, unless `fresh`.
  func trace(of chapter: ChapterName, fresh: Bool) throws -> Trace {
    let program = try program(of: chapter)
    let kept = traces.appending(path: "\(chapter.stem)-\(try key(chapter, program)).jsonl")
    if !fresh, let trace = remembered(kept) { return trace }
    try makeFolder(traces)
    let lock = try FileLock(traces.appending(path: "\(chapter.stem).lock"))
    defer { lock.unlock() }
    // Another weaver may have run the chapter while this one waited.
    if !fresh, let trace = remembered(kept) { return trace }
    let trace = try run(chapter, program, into: kept)
    forgetOldTraces(of: chapter)
    return trace
  }

  private func remembered(_ url: URL) -> Trace? {
    guard let trace = try? Trace(contentsOf: url), trace.closing != nil else { return nil }
    return trace
  }

  /// Everything that can change what a chapter says: its program, its text, the fixtures it may
  /// compare with, and its knobs; and the sources of a study, which it signs its page with.
  private func key(_ chapter: ChapterName, _ program: URL) throws -> String {
    var hash = Fingerprint()
    let fixtures = repository.root.appending(path: "Tests/Oracles/Fixtures")
    let names = (try? FileManager.default.subpathsOfDirectory(atPath: fixtures.path)) ?? []
    let files = names.sorted().map { fixtures.appending(path: $0) }.filter { !$0.isFolder }
    for url in [program, repository.root.appending(path: chapter.source)] + files {
      guard let data = try? Data(contentsOf: url, options: .alwaysMapped) else {
        throw WeaveError("cannot read \(repository.relative(url))")
      }
      hash.combine(data)
    }
    if chapter.isStudy {
      hash.combine(try studyFingerprint(chapter.number, in: repository.root) ?? "")
    }
    for knob in ["SIZE", "SEED", "ESPALIER_ENGINE", "ESPALIER_THREADS", "OPENBLAS_CORETYPE"] {
      hash.combine("\(knob)=\(environment[knob] ?? "")")
    }
    return hash.text
  }

  private func run(_ chapter: ChapterName, _ program: URL, into kept: URL) throws -> Trace {
    let partial = traces.appending(path: "\(chapter.stem)-\(getpid()).partial")
    let log = traces.appending(path: "\(chapter.stem).log")
    defer { try? FileManager.default.removeItem(at: partial) }
    guard FileManager.default.createFile(atPath: log.path, contents: nil),
      let output = FileHandle(forWritingAtPath: log.path)
    else { throw WeaveError("cannot write \(repository.relative(log)); is the disk full?") }
    let process = Process()
    process.executableURL = program
    process.currentDirectoryURL = repository.root
    process.environment = environment.merging([
      "ESPALIER_TRACE": partial.path,
      // One line about a crash is enough; the weaver adds the chapter's line.
      "SWIFT_BACKTRACE": "enable=no",
    ]) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    // A study says there how long it will take, and someone may wait for it.
    if !isInteractive && !chapter.isStudy { process.standardError = output }
    do {
      try Interruption.running(process, removing: partial)
    } catch {
      throw WeaveError("cannot start \(chapter.target): \(error.localizedDescription)")
    }
    let isWritten = FileManager.default.fileExists(atPath: partial.path)
    let trace = try isWritten ? Trace(contentsOf: partial) : Trace(Data())
    try check(process, trace, chapter, log: log)
    if process.terminationStatus == 0 {
      try moving(partial, to: kept)
    }
    return trace
  }

  /// Refuses a run that did not reach its end, in one line that says how far it came.
  private func check(
    _ process: Process, _ trace: Trace, _ chapter: ChapterName, log: URL
  ) throws(WeaveError) {
    let isSignal = process.terminationReason == .uncaughtSignal
    let status = process.terminationStatus
    if !isSignal, trace.closing != nil, status == 0 || (status == 1 && trace.hasBrokenClaims) {
      return
    }
    let end = isSignal ? "was stopped by signal \(status)" : "exited with \(status)"
    let place = trace.lastLine.map { "after \(chapter.source):\($0)" } ?? "before it said anything"
    let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
    let fatal =
      text.split(separator: "\n").last { $0.contains("atal error: ") }
      ?? (trace.events.isEmpty ? text.split(separator: "\n").last : nil)
    throw WeaveError(
      "\(chapter.label) \(end) \(place)\(fatal.map { ": \($0)" } ?? ""); "
        + "its output is in \(repository.relative(log))")
  }

  /// Makes a study run all its arms again, of the present size.
  func forgetArms(of study: ChapterName) throws(WeaveError) {
    let knobs: Knobs
    do {
      knobs = try Knobs(environment: environment)
    } catch {
      throw WeaveError(error.message)
    }
    let folder = armsFolder(ofStudy: study.number, in: repository.root, size: knobs.size)
    try? FileManager.default.removeItem(at: folder)
  }

  /// Removes the traces of old builds. A few stay, because `SIZE=tiny` and the book alternate.
  private func forgetOldTraces(of chapter: ChapterName) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: traces.path)) ?? []
    let kept = names.filter { $0.hasPrefix(chapter.stem + "-") && $0.hasSuffix(".jsonl") }
      .map { traces.appending(path: $0) }
      .sorted { (modified($0) ?? .distantPast) > (modified($1) ?? .distantPast) }
    for trace in kept.dropFirst(4) { try? FileManager.default.removeItem(at: trace) }
  }
}

extension URL {
  fileprivate var isFolder: Bool {
    (try? resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory == true
  }
}
