import Foundation

/// Returns when nobody holds the lock of the file at `url`, if there is such a file.
///
/// A program that another test starts has a copy of every open descriptor between its fork and its
/// exec, and with it the lock of a file that was closed here in the meantime.
public func waitForLock(of url: URL) {
  let descriptor = open(url.path, O_RDWR | O_CLOEXEC)
  guard descriptor >= 0 else { return }
  while flock(descriptor, LOCK_EX) != 0 && errno == EINTR {}
  // For copies of this one.
  flock(descriptor, LOCK_UN)
  close(descriptor)
}
