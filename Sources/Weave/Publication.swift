import Foundation

/// Files on their way into `book/`: all are written beside their places first, then renamed, so
/// that an interrupted weaver leaves the old book.
struct Publication {
  let book: URL
  private var files: [(path: String, data: Data)] = []
  private var removed: [String] = []

  init(book: URL) {
    self.book = book
  }

  mutating func add(_ path: String, _ data: Data) { files.append((path, data)) }
  mutating func remove(_ path: String) { removed.append(path) }

  /// Writes what differs from the disk. Returns the paths of the files that changed.
  func publish() throws(WeaveError) -> [String] {
    var staged: [(from: URL, to: URL)] = []
    var changed: [String] = []
    do throws(WeaveError) {
      for (path, data) in files {
        let place = book.appending(path: path)
        if (try? Data(contentsOf: place)) == data { continue }
        try makeFolder(place.deletingLastPathComponent())
        staged.append((try staging(data, for: place), place))
        changed.append(path)
      }
    } catch {
      for file in staged { try? FileManager.default.removeItem(at: file.from) }
      throw error
    }
    for file in staged { try moving(file.from, to: file.to) }
    for path in removed {
      try? FileManager.default.removeItem(at: book.appending(path: path))
    }
    return changed + removed
  }
}
