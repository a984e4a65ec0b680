/// Why a student cannot learn, on one line.
public struct DistillationError: Error, Equatable, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}
