import Files
import Foundation
import Scratch
import Testing

@Suite struct OpenFileTests {
  @Test func `A file is read wherever a piece is wanted, and stays the one it was`() throws {
    try inTemporaryFolder { folder in
      let url = folder.appending(path: "file")
      try Data(0..<100).write(to: url)
      let file = try OpenFile(url)
      #expect(file.count == 100)
      #expect(try file.bytes(7..<10) == [7, 8, 9])
      #expect(try file.bytes(5..<5) == [])
      try AtomicFile.write(Data([1]), to: url)
      #expect(try file.bytes(99..<100) == [99])
      #expect(!file.hasChanged)
    }
  }

  @Test func `A file that is written to says so`() throws {
    try inTemporaryFolder { folder in
      let url = folder.appending(path: "file")
      try Data(0..<100).write(to: url)
      let file = try OpenFile(url)
      truncate(url.path, 50)
      #expect(file.hasChanged)
      let error = #expect(throws: FileError.self) { try file.bytes(40..<60) }
      #expect(error?.problem == .shrunk)
    }
  }

  @Test func `What is no file is refused on one line`() throws {
    try inTemporaryFolder { folder in
      let isFolder = #expect(throws: FileError.self) { try OpenFile(folder) }
      #expect(isFolder?.problem == .notRegular(isFolder: true))
      let pipe = folder.appending(path: "pi\npe")
      mkfifo(pipe.path, 0o600)
      let isPipe = #expect(throws: FileError.self) { try OpenFile(pipe) }
      #expect(
        isPipe?.description.hasSuffix(#"pi\u{a}pe: cannot be read: it is not a regular file"#)
          == true)
      let absent = #expect(throws: FileError.self) {
        try OpenFile(folder.appending(path: "absent"))
      }
      #expect(absent?.problem == .unreadable("No such file or directory"))
    }
  }
}
