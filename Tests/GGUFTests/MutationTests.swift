import Foundation
import Kernels
import Scratch
import Testing

@testable import GGUF

/// Thousands of damaged files: each is read or refused with a typed error, without a crash and
/// without much memory, whatever it claims.
@Suite struct MutationTests {
  @Test func `Damaged files are read or refused`() async {
    await #expect(processExitsWith: .success) {
      let folder = try Scratch()
      var small = configuration(.qwen2)
      small.layers = 1
      small.width = 32
      small.headWidth = 8
      try GGUFModel(model(small), storing: .blocks(.q80)).write(to: folder.file())
      let seeds = [
        [UInt8](try Data(contentsOf: fixture("reference.gguf"))),
        [UInt8](try Data(contentsOf: folder.file())),
      ]
      var mutator = Mutator(seed: 1)
      var kinds: [String: Int] = [:]
      let start = peakMemory()
      for round in 0..<6000 {
        let seed = seeds[round % seeds.count]
        try Data(mutator.damaged(seed)).write(to: folder.file())
        let kind = Parallel.$threads.withValue(1) { outcome(of: folder.file()) }
        kinds[kind, default: 0] += 1
      }
      #expect(peakMemory() - start < 64 << 20)
      // The damage must reach every check, or it proves little.
      let expected: Set = [
        "read", "notGGUF", "version", "endsEarly", "tooMany", "unknownValueType", "notBoolean",
        "notText", "nameLength", "unknownTensorType", "dimensions", "impossibleSize", "misplaced",
        "wrongLength", "filling", "unexpected", "missing", "wrongShape", "notFinite",
      ]
      #expect(expected.isSubset(of: kinds.keys), "\(expected.subtracting(kinds.keys))")
      #expect(kinds.values.reduce(0, +) == 6000)
    }
  }

  /// A header may claim anything: none of it takes memory before it is seen to be there.
  @Test(arguments: [UInt64.max, 1 << 62, 1 << 40, 1 << 31])
  func `claims take no memory`(_ claim: UInt64) throws {
    let folder = try Scratch()
    let magic = GGUFFile.magic + bytes(GGUFFile.version)
    let key = bytes(UInt64(1)) + Array("k".utf8)
    let one = bytes(UInt64(0)) + bytes(UInt64(1))
    let headers = [
      magic + bytes(claim) + bytes(UInt64(0)),
      magic + bytes(UInt64(0)) + bytes(claim),
      magic + one + bytes(claim) + Array("k".utf8),
      magic + one + key + bytes(UInt32(8)) + bytes(claim),
      magic + one + key + bytes(UInt32(9)) + bytes(UInt32(8)) + bytes(claim),
      magic + one + key + bytes(UInt32(9)) + bytes(UInt32(10)) + bytes(claim),
    ]
    for header in headers {
      try Data(header + [UInt8](repeating: 0, count: 64)).write(to: folder.file())
      let error = #expect(throws: GGUFError.self) { try GGUFFile(folder.file()) }
      guard case .tooMany(claim, _)? = error?.problem else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
  }

  @Test func `a long header is refused and not read`() throws {
    let folder = try Scratch()
    let length = GGUFScanner.limit + 1000
    let header =
      GGUFFile.magic + bytes(GGUFFile.version) + bytes(UInt64(0)) + bytes(UInt64(1))
      + bytes(UInt64(length))
    try Data(header).write(to: folder.file())
    let handle = try FileHandle(forUpdating: folder.file())
    try handle.truncate(atOffset: UInt64(length + 1000))
    let error = #expect(throws: GGUFError.self) { try GGUFFile(folder.file()) }
    #expect(error?.problem == .headerTooLong(GGUFScanner.limit))
  }
}

/// Reads a whole file, as a model and as tensors; what came of it. Errors are one printable line.
private func outcome(of url: URL) -> String {
  do throws(GGUFError) {
    let file = try GGUFFile(url)
    for tensor in file.tensors {
      let floats = try tensor.floats()
      #expect(floats.count == tensor.count)
    }
    if file["test.bool"] == nil { _ = try GGUFModel(contentsOf: url) }
    return "read"
  } catch {
    let line = error.description
    #expect(line.hasPrefix(url.path))
    #expect(line.utf8.count < url.path.utf8.count + 2000)
    #expect(!line.unicodeScalars.contains { $0.properties.generalCategory == .control })
    return Mirror(reflecting: error.problem).children.first?.label ?? "\(caseName(error.problem))"
  }
}

private func caseName(_ problem: GGUFError.Problem) -> String {
  switch problem {
  case .notGGUF: "notGGUF"
  case .duplicate: "duplicate"
  case .missing: "missing"
  default: "other"
  }
}

/// Damages files at random, but the same way each time.
private struct Mutator: RandomNumberGenerator {
  private var generator: SplitMix

  init(seed: UInt64) { generator = SplitMix(seed: seed) }

  mutating func next() -> UInt64 { generator.next() }

  private mutating func index(below count: Int) -> Int { Int.random(in: 0..<count, using: &self) }

  mutating func damaged(_ file: [UInt8]) -> [UInt8] {
    var file = file
    for _ in 0...index(below: 8) / 6 {
      // Most of what can go wrong stands at the beginning.
      let end = index(below: 3) == 0 ? file.count : min(file.count, 1600)
      let place = index(below: end)
      switch index(below: 9) {
      case 0: file[place] ^= 1 << index(below: 8)
      case 1: file[place] = [0, 1, 2, 8, 9, 12, 13, 127, 128, 255][index(below: 10)]
      case 2: file.removeLast(1 + index(below: file.count - 1))
      case 3: file += (0...index(below: 40)).map { _ in UInt8.random(in: 0...255, using: &self) }
      case 4: replaceNumber(in: &file, before: end)
      case 5: file.insert(UInt8.random(in: 0...255, using: &self), at: place)
      case 6: file.remove(at: place)
      case 7: file[[0, 4, 8, 16, 23][index(below: 5)]] ^= UInt8(1 + index(below: 255))
      default: overwrite(&file, at: place, before: end)
      }
      if file.count < 32 { break }
    }
    return file
  }

  /// Replaces eight bytes that look like a length or a size.
  private mutating func replaceNumber(in file: inout [UInt8], before end: Int) {
    let start = index(below: end)
    let places = (start..<max(start, min(file.count - 8, end))).lazy.filter { [file] place in
      file[place] != 0 && file[place + 1..<place + 8].allSatisfy { $0 == 0 }
    }
    guard let place = places.first else { return }
    let numbers: [UInt64] = [
      0, 1, 2, 31, 33, 63, 64, 65, 1 << 31, 1 << 32, 1 << 40, 1 << 62, 1 << 63, .max,
    ]
    file.replaceSubrange(place..<place + 8, with: bytes(numbers[index(below: numbers.count)]))
  }

  private mutating func overwrite(_ file: inout [UInt8], at place: Int, before end: Int) {
    let from = index(below: end)
    let count = min(1 + index(below: 40), file.count - max(place, from))
    if count > 0 { file.replaceSubrange(place..<place + count, with: file[from..<from + count]) }
  }
}
