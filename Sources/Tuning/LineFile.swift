import Files
import Foundation

/// Reads a file line by line, a piece at a time, however long it is.
///
/// - Parameters:
///   - longest: a line of more bytes is given to `body` cut off after one more.
///   - body: called with the number of each line, from 1, and its bytes without the line feed.
func forEachLine(
  of url: URL, longest: Int, _ body: (_ number: Int, _ line: [UInt8]) throws(LessonError) -> Void
) throws(LessonError) {
  let file = try stating { () throws(FileError) in try OpenFile(url) }
  let piece = 1 << 18
  var line: [UInt8] = []
  var number = 1
  for start in stride(from: 0, to: file.count, by: piece) {
    let range = start..<min(start + piece, file.count)
    var rest = try stating { () throws(FileError) in try file.bytes(range) }[...]
    while let newline = rest.firstIndex(of: UInt8(ascii: "\n")) {
      line += rest[..<newline].prefix(longest + 1 - line.count)
      try body(number, line)
      number += 1
      line.removeAll(keepingCapacity: true)
      rest = rest[(newline + 1)...]
    }
    line += rest.prefix(longest + 1 - line.count)
  }
  if !line.isEmpty { try body(number, line) }
}

/// States a failure of the file system as one of ours.
private func stating<Result>(
  _ body: () throws(FileError) -> Result
) throws(LessonError) -> Result {
  do throws(FileError) { return try body() } catch {
    throw LessonError(file: error.path, line: nil, problem: error.problem.description)
  }
}
