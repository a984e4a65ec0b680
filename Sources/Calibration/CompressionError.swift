/// Why a model cannot be compressed as asked, on one line: what was found, and what to do.
public struct CompressionError: Error, Equatable, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}
