import Foundation

/// Why a file could not be read or written, on one line, and what to do.
public struct FileError: Error, Equatable, CustomStringConvertible, Sendable {
  public let path: String
  public let problem: Problem

  /// What may be wrong; the reasons are the system's.
  public enum Problem: Equatable, Sendable {
    case unreadable(String)
    case unwritable(String)
    /// A folder, a pipe or a device.
    case notRegular(isFolder: Bool)
    /// The file became shorter after it was opened.
    case shrunk
  }

  init(_ path: String, _ problem: Problem) {
    self.path = path
    self.problem = problem
  }

  public var description: String { "\(printable(path, limit: 4096)): \(problem)" }
}

extension FileError.Problem: CustomStringConvertible {
  /// What is wrong; after the semicolon, what to do.
  public var description: String {
    switch self {
    case .unreadable(let reason): "cannot be read: \(reason)"
    case .unwritable(let reason): "cannot be written: \(reason); what was there is untouched"
    case .notRegular: "cannot be read: it is not a regular file"
    case .shrunk: "became shorter while it was open; write to a new file and rename it instead"
    }
  }
}

/// What the last system call complained about.
func systemReason() -> String { String(cString: strerror(errno)) }
