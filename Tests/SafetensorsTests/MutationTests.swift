import Files
import Foundation
import Scratch
import Testing

@testable import Safetensors

/// Thousands of damaged files: each is read or refused with a typed error, without a crash and
/// without much memory, whatever it claims.
///
/// Each test runs in a process of its own, so that a crash fails it and the memory is its own.
@Suite struct MutationTests {
  @Test func `Damaged files are read or refused`() async {
    await #expect(processExitsWith: .success) {
      let target = try Target("model.safetensors", in: TemporaryFolder())
      let seeds = try [
        "reference", "nothing", "without-metadata", "float16", "sharded/model-00001-of-00002",
      ].map { [UInt8](try Data(contentsOf: fixture("\($0).safetensors"))) }
      var mutator = Mutator(seed: 1)
      var accepted = 0
      var kinds: [String: Int] = [:]
      for seed in seeds { accepted += try outcome(of: seed, target) == nil ? 1 : 0 }
      #expect(accepted == seeds.count)
      accepted = 0

      let start = peakMemory()
      try Memory.limit(margin: 1 << 30)
      for _ in 0..<30_000 {
        let seed = seeds.randomElement(using: &mutator)!
        let other = seeds.randomElement(using: &mutator)!
        if let problem = try outcome(of: mutator.damaged(seed, other: other), target) {
          kinds[kind(problem), default: 0] += 1
        } else {
          accepted += 1
        }
      }
      #expect(peakMemory() - start < 64 << 20)
      // The damage must reach every check, or it proves little.
      #expect(accepted > 2000)
      let expected: Set = [
        "tooShort", "headerTooLong", "headerBeyondEnd", "malformed",
        "unknownDataType", "impossibleSize", "wrongByteCount", "misplaced", "truncated",
        "trailingBytes", kind(.duplicateName),
      ]
      #expect(Set(kinds.keys) == expected)
      #expect(kinds.values.allSatisfy { $0 >= 20 }, "\(kinds)")
    }
  }

  @Test func `Damaged indices are read or refused`() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      let shards = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
      for shard in shards {
        try folder.write(Data(contentsOf: fixture("sharded/\(shard)")), to: shard)
      }
      let target = try Target(SafetensorsDirectory.indexName, in: folder)
      let index = try Data(contentsOf: fixture("sharded/\(SafetensorsDirectory.indexName)"))
      // The mutator knows how to damage a header; an index is one without data.
      let seed = withUnsafeBytes(of: UInt64(index.count).littleEndian) { Array($0) } + index
      var mutator = Mutator(seed: 2)
      var kinds: [String: Int] = [:]
      let start = peakMemory()
      try Memory.limit(margin: 1 << 30)
      for _ in 0..<4000 {
        try target.write(mutator.damaged(seed, other: seed).dropFirst(8))
        do throws(SafetensorsError) {
          let model = try SafetensorsDirectory(folder.url)
          for tensor in model.tensors { _ = try tensor.floats() }
          kinds["accepted", default: 0] += 1
        } catch {
          check(error, folder.url)
          kinds[kind(error.problem), default: 0] += 1
        }
      }
      #expect(peakMemory() - start < 64 << 20)
      let expected: Set = ["accepted", "malformed", "missingFromShard", "shardMissing"]
      #expect(expected.isSubset(of: kinds.keys))
    }
  }

  @Test func `A long header takes memory in proportion`() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      let url = folder.url.appending(path: "model.safetensors")
      let entry = { (i: Int) in
        "\"\(i)\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[\(i),\(i + 1)]}"
      }
      let count = 100_000
      // Written entry by entry, so that making the file takes no memory to speak of.
      let length = (0..<count).reduce(1) { $0 + 1 + entry($1).utf8.count }
      let writer = try AtomicFile(replacing: url)
      try writer.write((0..<8).map { UInt8(length >> (8 * $0) & 255) })
      for i in 0..<count { try writer.write(Array(((i == 0 ? "{" : ",") + entry(i)).utf8)) }
      try writer.write(Array("}".utf8) + [UInt8](repeating: 0, count: count))
      try writer.commit()

      let start = peakMemory()
      let model = try SafetensorsFile(url)
      #expect(model.tensors.count == count)
      let ratio = Double(peakMemory() - start) / Double(length)
      #expect(ratio < 6)
    }
  }
}

/// A file that is written anew each time, in place: creating thousands of files would take minutes
/// on a busy disk.
private struct Target {
  private let folder: TemporaryFolder
  private let handle: FileHandle
  let url: URL

  init(_ name: String, in folder: TemporaryFolder) throws {
    self.folder = folder
    url = try folder.write([], to: name)
    handle = try FileHandle(forUpdating: url)
  }

  func write(_ bytes: some Sequence<UInt8>) throws {
    let data = Data(bytes)
    try handle.seek(toOffset: 0)
    try handle.write(contentsOf: data)
    try handle.truncate(atOffset: UInt64(data.count))
  }
}

/// Why the file is refused, or nil if it can be read: then all of it is, and must agree with the
/// header.
private func outcome(
  of bytes: [UInt8], _ target: Target
) throws -> SafetensorsError.Problem? {
  try target.write(bytes)
  let url = target.url
  do throws(SafetensorsError) {
    let file = try SafetensorsFile(url)
    var read = 0
    for tensor in file.tensors {
      #expect(try file.tensor(named: tensor.name, shape: tensor.shape).range == tensor.range)
      read += try tensor.bytes().count
      do throws(SafetensorsError) {
        #expect(try tensor.floats().count == tensor.count)
      } catch {
        switch error.problem {
        case .notFinite, .notFloats: check(error, url)
        default: throw error
        }
      }
    }
    #expect(read == bytes.count - (file.tensors.first?.range.lowerBound ?? bytes.count))
    return nil
  } catch {
    check(error, url)
    return error.problem
  }
}

/// Whether the error names its file in one printable line of reasonable length.
private func check(_ error: SafetensorsError, _ url: URL) {
  let line = error.description
  #expect(line.hasPrefix(url.path))
  #expect(line.utf8.count < url.path.utf8.count + 2000)
  #expect(!line.unicodeScalars.contains { $0.properties.generalCategory == .control })
}

/// The name of the case, or its words if it carries nothing.
private func kind(_ problem: SafetensorsError.Problem) -> String {
  Mirror(reflecting: problem).children.first?.label ?? "\(problem)"
}
