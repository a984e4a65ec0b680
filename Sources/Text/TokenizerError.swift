import StrictJSON

/// Why a tokenizer cannot be read or written, on one line: the file, the key, and what to do.
public enum TokenizerError: Error, Equatable, CustomStringConvertible {
  /// The file cannot be read or written, or is not a sensible size.
  case inaccessible(file: String, problem: String)
  /// The file is not JSON.
  case malformed(file: String, offset: Int, problem: String)
  /// A value is missing, of the wrong kind, or contradicts another one.
  case invalid(file: String, key: String, problem: String)
  /// The file is in order but asks for something that this module does not do. We would rather
  /// refuse than encode differently from the library that the file was made for.
  case unsupported(file: String, key: String, value: String)

  public var description: String {
    switch self {
    case .inaccessible(let file, let problem):
      "\(file): \(problem)"
    case .malformed(let file, let offset, let problem):
      "\(file): not JSON at byte \(offset): \(problem)"
    case .invalid(let file, let key, let problem):
      "\(file): \(key): \(problem)"
    case .unsupported(let file, let key, let value):
      "\(file): \(key): \(value) is not supported"
    }
  }
}
