import ArgumentParser

/// Sees to it that the value of an option lies in `range`.
///
/// - Parameter option: its name, such as `--steps`, for the message.
/// - Throws: `ValidationError`, one line with the option, the value and what it may be.
public func check<Value: Comparable>(
  _ option: String, _ value: Value, in range: ClosedRange<Value>
) throws {
  guard range.contains(value) else {
    throw ValidationError(
      "\(option) \(value) is not between \(range.lowerBound) and \(range.upperBound)")
  }
}
