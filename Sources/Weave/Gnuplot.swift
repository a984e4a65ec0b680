import Foundation

/// The plotting program, found in `PATH`.
enum Gnuplot {
  /// Draws a script; returns the SVG.
  static func draw(_ script: String, name: String) throws(WeaveError) -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["gnuplot", "-"]
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    let drawn: Data
    do {
      try process.run()
      // Without gnuplot nobody reads the script; that must be an error here, not a signal. The pipes
      // cannot block each other: the one command that writes is the script's last line.
      signal(SIGPIPE, SIG_IGN)
      try input.fileHandleForWriting.write(contentsOf: Data(script.utf8))
      try input.fileHandleForWriting.close()
      drawn = try output.fileHandleForReading.readToEnd() ?? Data()
    } catch {
      throw missing
    }
    process.waitUntilExit()
    if process.terminationStatus == 127 { throw missing }
    guard process.terminationStatus == 0, drawn.starts(with: Data("<?xml".utf8)) else {
      throw WeaveError("gnuplot cannot draw the figure \(name); is its version below 5.4?")
    }
    return String(decoding: drawn, as: UTF8.self)
  }

  private static let missing = WeaveError(
    "gnuplot is missing; install it with sudo apt-get install gnuplot-nox (macOS: brew install "
      + "gnuplot)")
}
