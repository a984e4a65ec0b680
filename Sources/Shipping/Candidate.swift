/// A model that might be shipped, by what shipping it depends on.
public struct Candidate: Codable, Hashable, Sendable {
  public let name: String

  /// The size of its files.
  public let bytes: Int

  /// The median time from one token to the next, in milliseconds.
  public let milliseconds: Double

  /// What a thousand tokens cost, in seconds of all processors together.
  public let processorSeconds: Double

  /// The share of right answers, from 0 to 1.
  public let accuracy: Double

  /// Where its files are, if anywhere.
  public let folder: String?

  public init(
    name: String, bytes: Int, milliseconds: Double, processorSeconds: Double, accuracy: Double,
    folder: String? = nil
  ) {
    self.name = name
    self.bytes = bytes
    self.milliseconds = milliseconds
    self.processorSeconds = processorSeconds
    self.accuracy = accuracy
    self.folder = folder
  }

  /// Whether `other` is at least as good in everything, and better in something: smaller, faster, cheaper
  /// and right more often.
  public func isDominated(by other: Candidate) -> Bool {
    other.bytes <= bytes && other.milliseconds <= milliseconds
      && other.processorSeconds <= processorSeconds && other.accuracy >= accuracy
      && (other.bytes, other.milliseconds, other.processorSeconds, other.accuracy)
        != (bytes, milliseconds, processorSeconds, accuracy)
  }
}
