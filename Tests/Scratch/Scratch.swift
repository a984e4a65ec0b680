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

/// Does something with a folder that is deleted afterwards.
public func inTemporaryFolder(_ body: (URL) throws -> Void) throws {
  let scratch = try Scratch()
  try withExtendedLifetime(scratch) { try body(scratch.url) }
}
