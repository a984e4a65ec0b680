/// Why a model directory cannot be read or written, on one line: the file, where in it, and what to
/// do.
public struct CheckpointError: Error, Equatable, CustomStringConvertible {
  public let file: String

  /// The key of a configuration or the name of a tensor; nil if it is about the file as a whole.
  public let place: String?

  public let problem: String

  public init(_ file: String, at place: String? = nil, _ problem: String) {
    self.file = file
    self.place = place
    self.problem = problem
  }

  public var description: String { "\(file): \(place.map { "\($0): " } ?? "")\(problem)" }
}
