import Foundation
import StrictJSON

/// The metrics of a run, one or more lines of JSON for each step, in a file that grows as the run
/// goes on and can be read meanwhile.
///
/// A run that was killed has often written of steps that it must take again, because its state was
/// saved before them; and its last line may be half a line. Both are cut off when the run is
/// resumed, so no step is there twice, whatever happened.
public final class MetricsFile {
  private let path: String
  private let descriptor: Int32

  /// Opens the file at `url`, which is made if it does not exist, and cuts it off after the lines of
  /// the first `steps` steps.
  ///
  /// - Throws: if it cannot be written, holds something else, or another run is writing it.
  public init(_ url: URL, after steps: Int) throws(TrainingError) {
    path = url.path
    descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0o666)
    // Whatever is thrown closes the file, since nothing of `self` is missing any more.
    try check(descriptor >= 0)
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
      throw .file("\(path): another run is writing it at this moment")
    }
    var status = stat()
    try check(fstat(descriptor, &status) == 0)
    guard status.st_mode & S_IFMT == S_IFREG else { throw foreign("is not a regular file") }
    let end = try end(of: steps)
    // Of a file that is complete, not even the date changes.
    if end < Int(status.st_size) { try check(ftruncate(descriptor, off_t(end)) == 0) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Appends a line of one step: an object whose `"step"` is the step's number. In one piece.
  public func append(_ line: String) throws(TrainingError) {
    var rest = Array("\(line)\n".utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress!, $0.count) }
      if count < 0, errno == EINTR { continue }
      try check(count >= 0)
      rest = rest.dropFirst(count)
    }
  }

  /// Returns when what was written will survive a failure of the power.
  public func synchronize() throws(TrainingError) { try check(fsync(descriptor) == 0) }

  /// Where the lines of the first `steps` steps end.
  private func end(of steps: Int) throws(TrainingError) -> Int {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    var line: [UInt8] = []
    var (end, place) = (0, 0)
    while true {
      let count = buffer.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress!, $0.count, off_t(place))
      }
      if count < 0, errno == EINTR { continue }
      try check(count >= 0)
      if count == 0 { return end }
      var rest = buffer[..<count]
      while let newline = rest.firstIndex(of: UInt8(ascii: "\n")) {
        line += rest[..<newline]
        rest = rest[(newline + 1)...]
        guard let json = try? JSON(parsing: line), case .integer(let step)? = json["step"] else {
          throw foreign("holds a line that is not the metrics of a step")
        }
        if step > steps { return end }
        end += line.count + 1
        line = []
      }
      line += rest
      guard line.count <= buffer.count else { throw foreign("holds no metrics") }
      place += count
    }
  }

  private func foreign(_ problem: String) -> TrainingError {
    .foreign(file: path, problem: problem)
  }

  /// Throws what the last system call complained about, unless it `succeeded`.
  private func check(_ succeeded: Bool) throws(TrainingError) {
    if succeeded { return }
    throw .file("\(path): cannot be written: \(String(cString: strerror(errno)))")
  }
}
