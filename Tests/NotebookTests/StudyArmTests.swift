import Foundation
import Synchronization
import Testing

@testable import Notebook

/// How often any arm of these tests ran.
private let runs = Atomic(0)

private struct Arm: StudyArm, Equatable {
  var width: Int
  var scale = 0.1
  var fails = false
  var description: String { "width \(width)" }

  struct Outcome: Codable, Equatable {
    var losses: [Double]
    var best: Float
  }

  struct Failure: Error {}

  func run(_ progress: ArmProgress) throws -> Outcome {
    runs.add(1, ordering: .relaxed)
    progress.advance(to: 0.5, "half")
    if fails { throw Failure() }
    return Outcome(losses: [scale / 3, .infinity, 1e-300, Double(width)], best: 1 / Float(width))
  }
}

@Suite(.serialized) struct StudyArmTests {
  private let folder = FileManager.default.temporaryDirectory
    .appending(path: "espalier-arms-\(UUID().uuidString)")

  private func store(sources: String = "code", knobs: Knobs = Knobs()) -> ArmStore {
    ArmStore(folder: folder, sources: sources, knobs: knobs)
  }

  private func counting(_ body: () throws -> Void) rethrows -> Int {
    let before = runs.load(ordering: .relaxed)
    try body()
    return runs.load(ordering: .relaxed) - before
  }

  @Test func anArmRunsOnce() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let arms = [Arm(width: 3), Arm(width: 7)]
    var first: [Arm.Outcome] = []
    #expect(try counting { first = try store().outcomes(of: arms) } == 2)
    #expect(first[0].losses == [0.1 / 3, .infinity, 1e-300, 3] && first[1].best == 1 / Float(7))
    var again: [Arm.Outcome] = []
    #expect(try counting { again = try store().outcomes(of: arms.reversed()) } == 0)
    #expect(again == first.reversed())
  }

  @Test func anInterruptedStudyGoesOnWhereItWas() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let arms = (1...4).map { Arm(width: $0, fails: $0 == 3) }
    #expect(throws: Arm.Failure.self) { try store().outcomes(of: arms) }
    let mended = (1...4).map { Arm(width: $0) }
    // The first two are the arms of before; the third has other options now.
    #expect(try counting { _ = try store().outcomes(of: mended) } == 2)
  }

  @Test func whatDecidesAnOutcomeIsInItsKey() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    _ = try store().outcomes(of: [Arm(width: 3)])
    #expect(try counting { _ = try store().outcomes(of: [Arm(width: 3, scale: 0.2)]) } == 1)
    #expect(try counting { _ = try store(sources: "other").outcomes(of: [Arm(width: 3)]) } == 1)
    let tiny = try Knobs(environment: ["SIZE": "tiny"])
    #expect(try counting { _ = try store(knobs: tiny).outcomes(of: [Arm(width: 3)]) } == 1)
    #expect(try counting { _ = try store().outcomes(of: [Arm(width: 3)]) } == 0)
  }

  @Test func aDamagedOutcomeIsFoundAgain() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let outcome = try store().outcomes(of: [Arm(width: 5)])
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      try Data("{\"arm\": ".utf8).write(to: folder.appending(path: name))
    }
    var again: [Arm.Outcome] = []
    #expect(try counting { again = try store().outcomes(of: [Arm(width: 5)]) } == 1)
    #expect(again == outcome)
  }

  @Test func aTallyKnowsHowLongIsLeft() {
    var tally = ArmTally(total: 5, times: [80_000])
    tally.add(100_000)
    #expect(
      tally.line(after: "dense, seed 1")
        == "2 of 5 arms  1 min 40 s  dense, seed 1; about 4 min 30 s left")
    #expect(
      tally.bar(in: "dense", share: 0.5, seconds: 9, detail: "loss 1.2", width: 120)
        == "━━━━━━━━━━━━────────────  2/5 arms  3 min 45 s left  dense: 50 %  loss 1.2")
    #expect(
      ArmTally(total: 2, times: []).bar(in: "a", share: 0.25, seconds: 10, detail: "", width: 200)
        .hasSuffix("0/2 arms  1 min 10 s left  a: 25 %"))
    let last = ArmTally(total: 1, times: [1000])
    #expect(last.line(after: "a") == "1 of 1 arms  1 s  a")
  }
}

@Suite struct StudyTests {
  private let root = FileManager.default.temporaryDirectory
    .appending(path: "espalier-study-\(UUID().uuidString)")

  private func write(_ path: String, _ text: String) throws {
    let file = root.appending(path: path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  /// The code of the arms decides about their outcomes, all code about the page.
  @Test func theHashesFollowWhatTheyShould() throws {
    defer { try? FileManager.default.removeItem(at: root) }
    #expect(try studyFingerprint(3, in: root) == nil)
    try write("Sources/Training/Trainer.swift", "import Kernels\n")
    try write("Sources/Kernels/Gemm.swift", "let one = 1\n")
    try write("Sources/Bench/main.swift", "import Kernels\n")
    try write("Sources/Notebook/Plot.swift", "let plot = 1\n")
    try write("Chapters/03-Experts/main.swift", "import Notebook\n")
    try write("Chapters/03-Experts-Study/main.swift", "//: Prose.\n")
    try write("Chapters/03-Experts-Study/Arm.swift", "import Notebook\nimport Training\n")
    let checkout = Checkout(root: root, program: root)
    func hashes() throws -> [String] {
      [try checkout.hash(ofArmsOfStudy: 3), try #require(try studyFingerprint(3, in: root))]
    }
    let first = try hashes()
    #expect(try studyFingerprint(2, in: root) == nil)

    for unrelated in ["Sources/Bench/main.swift", "Sources/Notebook/Plot.swift"] {
      try write(unrelated, "let changed = 1\n")
    }
    try write("Sources/Kernels/Gemm.swift", "/// A comment.\nlet one = 1\n")
    #expect(try hashes() == first)

    try write("Chapters/03-Experts-Study/main.swift", "//: Better prose.\n")
    let rewritten = try hashes()
    #expect(rewritten[0] == first[0] && rewritten[1] != first[1])

    try write("Sources/Kernels/Gemm.swift", "let one = 2\n")
    let recoded = try hashes()
    #expect(recoded[0] != rewritten[0] && recoded[1] != rewritten[1])
    try write("Chapters/03-Experts-Study/Arm.swift", "import Training\nlet steps = 1\n")
    #expect(try hashes()[0] != recoded[0])
  }

  @Test func aCommentInALiteralIsCode() throws {
    defer { try? FileManager.default.removeItem(at: root) }
    func hash(_ text: String) throws -> String {
      try write("a.swift", text)
      var hash = Fingerprint()
      try hash.combine(codeOf: root.appending(path: "a.swift"))
      return hash.text
    }
    let quotes = "\"\"\""
    #expect(
      try hash("let a = \(quotes)\n// one\n\(quotes)")
        != hash("let a = \(quotes)\n// two\n\(quotes)"))
    #expect(try hash("a\n  // one") == hash("\n// two\na\n"))
    #expect(try hash("a // one") != hash("a // two"))
  }
}
