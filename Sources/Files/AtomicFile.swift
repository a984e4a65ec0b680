import Foundation

/// A file that appears under its name complete or not at all, whenever the process or the machine
/// dies.
///
///     let file = try AtomicFile(replacing: url)
///     try file.write(header)
///     try file.write(numbers)
///     try file.commit()
///
/// It is written as `.name.partial` beside its place, flushed to the disk, and renamed. Without a
/// `commit` it is deleted. After a crash the partial file stays, and the next writer of the same
/// name takes it over, so that crashes do not fill the disk. Where `name` is a symbolic link, the
/// link is replaced and not what it points to.
public final class AtomicFile {
  private let url: URL
  private let partial: String
  private let descriptor: Int32
  private var isCommitted = false

  /// Begins a file that is to stand at `url`, whose directory has to exist.
  ///
  /// - Throws: if it cannot be created, or somebody is writing the same file at this moment.
  public init(replacing url: URL) throws(FileError) {
    let partial = url.deletingLastPathComponent()
      .appending(path: ".\(url.lastPathComponent).partial").path
    self.url = url
    self.partial = partial
    while true {
      let descriptor = open(partial, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else { throw failure(url) }
      if flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
        close(descriptor)
        throw failure(url, "somebody else is writing it at this moment")
      }
      // Whoever held the lock before may have renamed or deleted the file we opened.
      if AtomicFile.isSame(descriptor, partial) {
        self.descriptor = descriptor
        break
      }
      close(descriptor)
    }
    guard ftruncate(descriptor, 0) == 0 else { throw failure(url) }
  }

  deinit {
    if !isCommitted { unlink(partial) }
    close(descriptor)
  }

  /// Appends bytes.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    var done = 0
    while done < bytes.count {
      // Systems differ in how much they write at once; all of them write 1 GiB.
      let piece = min(bytes.count - done, 1 << 30)
      let count = Foundation.write(descriptor, bytes.baseAddress! + done, piece)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failure(url) }
      done += count
    }
  }

  /// Appends bytes.
  public func write(_ bytes: [UInt8]) throws(FileError) {
    try bytes.withUnsafeBufferPointer { (bytes) throws(FileError) in
      try write(UnsafeRawBufferPointer(bytes))
    }
  }

  /// Puts the file in its place, over whatever is there.
  public func commit() throws(FileError) {
    guard fsync(descriptor) == 0, rename(partial, url.path) == 0 else { throw failure(url) }
    isCommitted = true
    // The new name is on the disk when the directory is. Some systems cannot flush directories.
    let directory = open(url.deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
    if directory >= 0 {
      fsync(directory)
      close(directory)
    }
  }

  /// Writes a whole small file, such as a configuration.
  public static func write(_ data: Data, to url: URL) throws(FileError) {
    let file = try AtomicFile(replacing: url)
    try file.write([UInt8](data))
    try file.commit()
  }

  private static func isSame(_ descriptor: Int32, _ path: String) -> Bool {
    var opened = stat()
    var named = stat()
    return fstat(descriptor, &opened) == 0 && stat(path, &named) == 0
      && opened.st_dev == named.st_dev && opened.st_ino == named.st_ino
  }
}

/// By default, the reason is what the last system call complained about.
private func failure(_ url: URL, _ reason: String = systemReason()) -> FileError {
  FileError(url.path, .unwritable(reason))
}
