import Foundation

/// A regular file open for reading, which must stay as it is.
final class Descriptor: Sendable {
  private let path: String
  private let number: Int32
  private let version: Version

  /// What changes when a file is written to.
  private struct Version: Equatable {
    let size: Int
    let seconds: Int
    let nanoseconds: Int

    init(_ status: stat) {
      size = Int(status.st_size)
      #if canImport(Darwin)
        let time = status.st_mtimespec
      #else
        let time = status.st_mtim
      #endif
      (seconds, nanoseconds) = (Int(time.tv_sec), Int(time.tv_nsec))
    }
  }

  init(_ path: String) throws(TextFileError) {
    self.path = path
    // Without O_NONBLOCK, opening a named pipe would wait for a writer.
    number = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard number >= 0 else { throw .inaccessible(file: path, problem: systemReason()) }
    var status = stat()
    fstat(number, &status)
    version = Version(status)
    let kind = status.st_mode & S_IFMT
    // What is thrown from here on closes the file, since nothing of `self` is missing any more.
    guard kind == S_IFREG else {
      throw .inaccessible(
        file: path,
        problem: kind == S_IFDIR
          ? "is a folder; put its texts into one file: cat '\(path)'/*.txt > '\(path).txt'"
          : "is not a regular file, and is read more than once; save it in one first")
    }
  }

  deinit { close(number) }

  /// The length of the file in bytes.
  var size: Int { version.size }

  /// Reads the bytes of `range` into `buffer`, from its element `place` on.
  ///
  /// With `pread` and not from a mapping: a mapped file that somebody truncates kills the process.
  func read(
    _ range: Range<Int>, into buffer: inout [UInt8], at place: Int
  ) throws(TextFileError) {
    var done = 0
    while done < range.count {
      let count = buffer.withUnsafeMutableBytes {
        pread(
          number, $0.baseAddress! + place + done, range.count - done,
          off_t(range.lowerBound + done))
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .inaccessible(file: path, problem: systemReason()) }
      guard count > 0 else { throw .changed(file: path) }
      done += count
    }
    var status = stat()
    guard fstat(number, &status) == 0, Version(status) == version else {
      throw .changed(file: path)
    }
  }
}

/// What the last system call complained about.
private func systemReason() -> String {
  "cannot be read: \(String(cString: strerror(errno)))"
}
