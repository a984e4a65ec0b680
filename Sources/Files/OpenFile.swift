import Foundation

/// A regular file open for reading, which stays what it was when another file takes its name.
///
///     let file = try OpenFile(URL(filePath: "model.safetensors"))
///     let beginning = try file.bytes(0..<8)
///
/// It is read with `pread` and not mapped into memory. A mapped file that somebody truncates kills
/// the process at the next access; here it is an error like any other. The price is small: 0.075
/// milliseconds a megabyte where copying out of a mapping takes 0.055, both far faster than disks.
public final class OpenFile: Sendable {
  public let path: String

  private let descriptor: Int32
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

  /// - Throws: if there is no such file, if it may not be read, or if it is a folder, a pipe or a
  ///   device.
  public init(_ url: URL) throws(FileError) {
    path = url.path
    // Without O_NONBLOCK, opening a named pipe would wait for a writer.
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError(path, .unreadable(systemReason())) }
    var status = stat()
    fstat(descriptor, &status)
    version = Version(status)
    // What is thrown from here on closes the file, since nothing of `self` is missing any more.
    let kind = status.st_mode & S_IFMT
    guard kind == S_IFREG else { throw FileError(path, .notRegular(isFolder: kind == S_IFDIR)) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// The length in bytes when it was opened.
  public var count: Int { version.size }

  /// Whether somebody has written to it since it was opened, by its length and its date.
  public var hasChanged: Bool {
    var status = stat()
    return fstat(descriptor, &status) != 0 || Version(status) != version
  }

  /// Fills `buffer` with the bytes from `offset` on.
  public func read(
    _ buffer: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(FileError) {
    var done = 0
    while done < buffer.count {
      // Systems differ in how much they read at once; all of them read 1 GiB.
      let piece = min(buffer.count - done, 1 << 30)
      let count = pread(descriptor, buffer.baseAddress! + done, piece, off_t(offset + done))
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw FileError(path, .unreadable(systemReason())) }
      guard count > 0 else { throw FileError(path, .shrunk) }
      done += count
    }
  }

  /// The bytes of `range`.
  public func bytes(_ range: Range<Int>) throws(FileError) -> [UInt8] {
    var failure: FileError?
    let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
      do throws(FileError) {
        let space = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: range.count)
        try read(space, at: range.lowerBound)
        count = range.count
      } catch { failure = error }
    }
    if let failure { throw failure }
    return bytes
  }
}
