import Foundation

/// What the notebook knows about the terminal it speaks to.
enum Terminal {
  /// Escape codes are for people: only on a terminal, and not under `NO_COLOR` (no-color.org).
  static let hasColor =
    isatty(STDOUT_FILENO) == 1
    && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
    && ProcessInfo.processInfo.environment["TERM"] != "dumb"

  /// Progress is drawn on standard error, and only when a person can see it.
  static let showsProgress =
    isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"

  enum Style: String {
    case bold = "1"
    case dim = "2"
    case red = "31"
    case green = "32"
  }

  static func styled(_ text: String, _ style: Style) -> String {
    hasColor ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
  }

  /// The columns of the terminal behind standard error, 80 when it does not say.
  static var width: Int {
    var window = winsize()
    let status = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &window)
    return status == 0 && window.ws_col > 0 ? Int(window.ws_col) : 80
  }

  /// Prints to standard output at once, so that the order survives a pipe and a crash.
  static func write(_ text: String) {
    print(text)
    fflush(nil)
  }

  static func writeError(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }

  /// Ends the program over a mistake of its user: one line, exit code 64 as in `sysexits.h`.
  static func stop(_ message: String) -> Never {
    writeError("\(CommandLine.arguments.first.map(programName) ?? "chapter"): \(message)\n")
    exit(64)
  }

  private static func programName(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }
}
