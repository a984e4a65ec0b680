import ArgumentParser
import Foundation
import Notebook

/// A program of this package, such as `pretrain`: a command that says what is wrong in one line, where
/// ArgumentParser would print its usage, too.
public protocol Program: ParsableCommand {}

extension Program {
  public static func main() {
    Terminal.openClosedStreams()
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      let code = exitCode(for: error)
      if code.isSuccess { exit(withError: error) }
      if !(error is ExitCode) {
        let message = message(for: error)
        let hint = code == .validationFailure ? "; \(hint(message))" : ""
        Terminal.writeError("\(name): \(message)\(hint)\n")
      }
      exit(withError: code)
    }
  }

  private static var name: String { configuration.commandName ?? "\(Self.self)".lowercased() }

  /// What to do about a mistake in the arguments.
  private static func hint(_ message: String) -> String {
    let help = "see '\(name) --help'"
    let negative = CommandLine.arguments.first {
      $0.hasPrefix("-") && $0.dropFirst().first?.isNumber == true
    }
    guard let negative, message.hasPrefix("Missing value") else { return help }
    // A dash begins the name of an option.
    return "a number such as \(negative) is given as --option=\(negative); \(help)"
  }
}
