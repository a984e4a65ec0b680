import Foundation

/// What the notebook knows about the terminal it speaks to, and how it speaks.
public enum Terminal {
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

  /// Prints to standard output at once, so that the order survives a pipe and a crash. What cannot be
  /// written, as on a full disk, ends the program: its results would be lost.
  public static func write(_ text: String) {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data("\(text)\n".utf8))
    } catch {
      writeError("cannot write to standard output: \(error.localizedDescription)\n")
      _exit(EX_IOERR)
    }
  }

  /// Writes to standard error, if that is possible: where a terminal has been closed there is nobody to
  /// be told.
  public static func writeError(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }

  /// Opens a place for each standard stream that is closed, as daemons leave them. The next file that
  /// the program opens would take that place otherwise, and what is meant for people end in it.
  public static func openClosedStreams() {
    for stream in STDIN_FILENO...STDERR_FILENO where fcntl(stream, F_GETFD) < 0 {
      // The least number that is free, which is this one.
      _ = open("/dev/null", O_RDWR)
    }
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
