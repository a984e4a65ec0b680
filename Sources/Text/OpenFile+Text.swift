import Files
import Foundation

extension OpenFile {
  /// Opens a file of text.
  static func text(_ url: URL) throws(TextFileError) -> OpenFile {
    do throws(FileError) {
      return try OpenFile(url)
    } catch {
      let problem =
        switch error.problem {
        case .notRegular(isFolder: true):
          "is a folder; put its texts into one file: cat '\(url.path)'/*.txt > '\(url.path).txt'"
        case .notRegular: "is not a regular file, and is read more than once; save it in one first"
        default: error.problem.description
        }
      throw .inaccessible(file: url.path, problem: problem)
    }
  }

  /// Reads the bytes of `range` into `buffer`, from its element `place` on, of a file that must stay
  /// as it was when it was opened.
  func read(
    _ range: Range<Int>, into buffer: inout [UInt8], at place: Int
  ) throws(TextFileError) {
    do throws(FileError) {
      try buffer.withUnsafeMutableBufferPointer { (buffer) throws(FileError) in
        let space = UnsafeMutableBufferPointer(rebasing: buffer[place..<place + range.count])
        try read(UnsafeMutableRawBufferPointer(space), at: range.lowerBound)
      }
    } catch {
      if error.problem == .shrunk { throw .changed(file: path) }
      throw .inaccessible(file: path, problem: error.problem.description)
    }
    if hasChanged { throw .changed(file: path) }
  }
}
