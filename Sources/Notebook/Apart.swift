import Foundation

/// A task that a chapter can have done in a process of its own, where the kernel counts its memory
/// apart from that of everything else the chapter does.
///
/// ```swift
/// let writing = Apart("writing") { folder in
///   _ = try Writer(Checkpoint(contentsOf: URL(filePath: folder)).model)(prompts)
/// }
/// measured("memory", Double(try writing.peakMemory(with: folder.path)) / 1e6, "MB")
/// ```
///
/// The other process is this program, started again: it does everything that comes before the
/// declaration, then the task, and ends there. So declare it early, right after `chapter(…)`.
public struct Apart {
  private static let variable = "ESPALIER_APART"

  private let name: String

  /// - Parameters:
  ///   - name: unique in the chapter.
  ///   - task: what to do, given the argument of `peakMemory(with:)`.
  public init(_ name: String, _ task: (_ argument: String) throws -> Void) {
    self.name = name
    let order = ProcessInfo.processInfo.environment[Self.variable] ?? ""
    guard order.hasPrefix("\(name)=") else { return }
    do {
      try task(String(order.dropFirst(name.count + 1)))
    } catch {
      Terminal.stop("\(name): \(error)")
    }
    Terminal.write("\n\(Notebook.peakMemory())")
    // Without the chapter's farewell.
    _exit(0)
  }

  /// Has the task done with `argument`, and returns the most memory that its process ever held, in
  /// bytes.
  ///
  /// - Throws: `ApartError` if it failed; it has said why on standard error.
  public func peakMemory(with argument: String) throws -> Int {
    try peakMemory(with: argument, of: Checkout.ofThisProgram.program)
  }

  /// - Parameter program: what is started; it ends its output with a line that is a number of bytes.
  func peakMemory(with argument: String, of program: URL) throws -> Int {
    let process = Process()
    process.executableURL = program
    process.environment = ProcessInfo.processInfo.environment.merging([
      Self.variable: "\(name)=\(argument)", "ESPALIER_TRACE": "",
    ]) { $1 }
    let output = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    try process.run()
    let said = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let last = String(decoding: said, as: UTF8.self).split(separator: "\n").last
    guard process.terminationStatus == 0, let bytes = last.flatMap({ Int($0) }) else {
      throw ApartError(task: name, argument: argument)
    }
    return bytes
  }
}

/// A task that a process of its own did not finish.
public struct ApartError: Error, Equatable, CustomStringConvertible {
  public let task, argument: String

  public var description: String {
    "\(task) with \(argument) failed in a process of its own, which said why on standard error"
  }
}
