import Foundation

/// Makes a folder and those above it.
func makeFolder(_ url: URL) throws(WeaveError) {
  do {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  } catch {
    throw WeaveError("cannot make the folder \(url.path): \(reason())")
  }
}

/// Moves a finished file to its place, over whatever is there.
func moving(_ source: URL, to destination: URL) throws(WeaveError) {
  guard rename(source.path, destination.path) == 0 else {
    throw WeaveError("cannot write \(destination.path): \(reason())")
  }
}

/// Writes a whole file beside its place and flushes it to the disk; `moving` puts it there, when all
/// files of an edition are written. (A single file has `AtomicFile` in `Files`, which moves it itself.)
func staging(_ data: Data, for destination: URL) throws(WeaveError) -> URL {
  let folder = destination.deletingLastPathComponent()
  let staged = folder.appending(path: ".\(destination.lastPathComponent).\(getpid())")
  let descriptor = open(staged.path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
  guard descriptor >= 0 else { throw WeaveError("cannot write \(destination.path): \(reason())") }
  var written = 0
  let isComplete = data.withUnsafeBytes { bytes in
    while written < bytes.count {
      let count = write(descriptor, bytes.baseAddress! + written, bytes.count - written)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      written += count
    }
    return fsync(descriptor) == 0
  }
  let why = reason()
  close(descriptor)
  guard isComplete else {
    unlink(staged.path)
    throw WeaveError("cannot write \(destination.path): \(why); the old file is untouched")
  }
  return staged
}

/// What the last system call complained about.
private func reason() -> String { String(cString: strerror(errno)) }

/// A lock between processes, freed by the kernel if its holder dies.
struct FileLock {
  private let descriptor: Int32

  /// Waits until the lock is free.
  init(_ url: URL) throws(WeaveError) {
    descriptor = open(url.path, O_WRONLY | O_CREAT, 0o644)
    guard descriptor >= 0 else { throw WeaveError("cannot write \(url.path): \(reason())") }
    while flock(descriptor, LOCK_EX) != 0 && errno == EINTR {}
  }

  func unlock() { close(descriptor) }
}
