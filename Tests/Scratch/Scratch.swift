import Foundation

/// A folder of a test's own, deleted with it.
public final class Scratch {
  public let url = FileManager.default.temporaryDirectory
    .appending(path: "espalier-\(UInt64.random(in: 0...UInt64.max))")

  public init() throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }
}

/// Returns when nobody holds the lock of the file at `url`, if there is such a file.
///
/// A program that another test starts has a copy of every open descriptor between its fork and its
/// exec, and with it the lock of a file that was closed here in the meantime.
public func waitForLock(of url: URL) {
  let descriptor = open(url.path, O_RDWR | O_CLOEXEC)
  guard descriptor >= 0 else { return }
  while flock(descriptor, LOCK_EX) != 0 && errno == EINTR {}
  // For copies of this one.
  flock(descriptor, LOCK_UN)
  close(descriptor)
}

/// Does something with a folder that is deleted afterwards.
public func inTemporaryFolder(_ body: (URL) throws -> Void) throws {
  let scratch = try Scratch()
  try withExtendedLifetime(scratch) { try body(scratch.url) }
}
