import Foundation

/// A variable of the environment that holds a value no one can use.
public struct SettingError: Error, Equatable, CustomStringConvertible {
  let variable: String
  let value: String
  let remedy: String

  public var description: String { "\(variable) is '\(value)': \(remedy)" }
}

/// Reads a variable of the environment with `parse`, or returns `standard` when it is unset or empty.
///
/// There is no caller to throw to, since this gives a global its first value, and to ignore a
/// setting would be to answer another question than the one asked. So a value that does not parse
/// ends the program with one line and the exit status for bad usage.
func setting<Value>(
  _ variable: String, or standard: @autoclosure () -> Value,
  parse: (String) throws(SettingError) -> Value
) -> Value {
  let value = ProcessInfo.processInfo.environment[variable] ?? ""
  if value.isEmpty { return standard() }
  do {
    return try parse(value)
  } catch {
    FileHandle.standardError.write(Data("error: \(error)\n".utf8))
    exit(64)
  }
}
