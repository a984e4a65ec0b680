/// Stops the program with `message` unless `condition` holds: for mistakes in a chapter's code.
///
/// `precondition` would do, but for its message, which an optimised build throws away.
@inline(__always)
func require(_ condition: Bool, _ message: @autoclosure () -> String) {
  if !condition { fatalError(message()) }
}
