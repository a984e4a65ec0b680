import Files
import Foundation
import Scratch
import Testing

@Suite struct AtomicFileTests {
  let folder: Scratch
  var url: URL { folder.url.appending(path: "config.json") }
  var partial: URL { folder.url.appending(path: ".config.json.partial") }

  init() throws { folder = try Scratch() }

  /// The names of the files.
  private var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted() }
  }

  private var content: String? {
    (try? Data(contentsOf: url)).map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func `A file appears when it is committed`() throws {
    try AtomicFile.write(Data("old".utf8), to: url)
    let file = try AtomicFile(replacing: url)
    try file.write(Array("ne".utf8))
    try file.write(Array("w".utf8))
    #expect(content == "old")
    try file.commit()
    #expect(content == "new")
    #expect(try names == ["config.json"])
  }

  @Test func `Without a commit it leaves no trace`() throws {
    try AtomicFile.write(Data("old".utf8), to: url)
    do {
      let file = try AtomicFile(replacing: url)
      try file.write(Array("new".utf8))
      #expect(try names.count == 2)
    }
    #expect(content == "old")
    #expect(try names == ["config.json"])
  }

  @Test func `A process killed while writing leaves the old file`() async throws {
    try AtomicFile.write(Data("old".utf8), to: url)
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = url.path as String] in
      let file = try AtomicFile(replacing: URL(filePath: path))
      try file.write([UInt8](repeating: 1, count: 100_000))
      kill(getpid(), SIGKILL)
    }
    #expect(content == "old")
    #expect(try names == [".config.json.partial", "config.json"])
    try AtomicFile.write(Data("new".utf8), to: url)
    #expect(content == "new")
    #expect(try names == ["config.json"])
  }

  @Test func `What a crash left is taken over`() throws {
    try Data("the long remains of a crash".utf8).write(to: partial)
    try AtomicFile.write(Data("new".utf8), to: url)
    #expect(content == "new")
    #expect(try names == ["config.json"])
  }

  @Test func `Two cannot write the same file at once`() throws {
    let first = try AtomicFile(replacing: url)
    try first.write(Array("first".utf8))
    #expect(throws: FileError.self) { _ = try AtomicFile(replacing: url) }
    try first.commit()
    #expect(content == "first")
    // The first is still open, and no longer in the way.
    try AtomicFile.write(Data("second".utf8), to: url)
    withExtendedLifetime(first) {}
    #expect(content == "second")
  }

  @Test func `Many writers leave one whole file`() async throws {
    let url = url
    let wholes = (0..<8).map { String(repeating: "\($0)", count: 100_000) }
    await withTaskGroup { group in
      for whole in wholes {
        group.addTask { try? AtomicFile.write(Data(whole.utf8), to: url) }
      }
    }
    let content = try #require(content)
    #expect(wholes.contains(content))
    #expect(try names == ["config.json"])
  }

  @Test func `A missing directory is reported`() {
    let absent = folder.url.appending(path: "absent/config.json")
    let error = #expect(throws: FileError.self) { try AtomicFile.write(Data(), to: absent) }
    #expect(
      error?.description == "\(absent.path): cannot be written: No such file or directory; "
        + "what was there is untouched")
  }

  @Test func `A directory in its place is reported, and nothing is left behind`() throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    try Data([1]).write(to: url.appending(path: "inside"))
    #expect(throws: FileError.self) { try AtomicFile.write(Data(), to: url) }
    #expect(try names == ["config.json"])
  }
}
