import Foundation

/// Reads a file line by line, a piece at a time, however long it is.
///
/// - Parameters:
///   - longest: a line of more bytes is given to `body` cut off after one more.
///   - body: called with the number of each line, from 1, and its bytes without the line feed.
func forEachLine(
  of url: URL, longest: Int, _ body: (_ number: Int, _ line: [UInt8]) throws(LessonError) -> Void
) throws(LessonError) {
  func unreadable(_ reason: String) -> LessonError {
    LessonError(file: url.path, line: nil, problem: "cannot be read: \(reason)")
  }
  // Without O_NONBLOCK, opening a named pipe would wait for a writer.
  let descriptor = open(url.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
  guard descriptor >= 0 else { throw unreadable(String(cString: strerror(errno))) }
  defer { close(descriptor) }
  var status = stat()
  guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
    throw unreadable("it is not a regular file")
  }
  var buffer = [UInt8](repeating: 0, count: 1 << 18)
  var line: [UInt8] = []
  var number = 1
  while true {
    let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress!, $0.count) }
    if count < 0, errno == EINTR { continue }
    guard count >= 0 else { throw unreadable(String(cString: strerror(errno))) }
    if count == 0 { break }
    var rest = buffer[..<count]
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
