import Files
import Foundation

/// One run of a study: the options that it differs in from the others, and what it does.
///
/// ```swift
/// struct Recall: StudyArm {
///   let experts: Int
///   let seed: UInt64
///   var description: String { "\(experts) experts, seed \(seed)" }
///
///   func run(_ progress: ArmProgress) throws -> [Double] { … }
/// }
/// ```
///
/// All that decides its outcome is in its stored properties and in its code. It is declared beside
/// `main.swift`, not in it: an outcome is kept under a hash of the properties, of the files beside
/// `main.swift` and of the modules that they import.
public protocol StudyArm: Encodable, CustomStringConvertible {
  associatedtype Outcome: Codable

  /// Runs the arm, and says now and then how far it is.
  func run(_ progress: ArmProgress) throws -> Outcome
}

/// What each of `arms` finds, in their order.
///
/// An arm that was run before, in any process and with the same code, options and knobs, is not run
/// again. So a study that was interrupted goes on with the first arm that is missing. After each arm
/// a line on standard error says how long the rest may take.
public func outcomes<Arm: StudyArm>(of arms: [Arm]) throws -> [Arm.Outcome] {
  let store = Session.current.arms
  require(store != nil, "call study(…) before outcomes(of:)")
  return try store!.outcomes(of: arms) { Terminal.writeError($0 + "\n") }
}

/// The outcomes of a study's arms, each a file of JSON.
struct ArmStore: Sendable {
  let folder: URL
  /// A hash of the code that the arms are made of.
  let sources: String
  let knobs: Knobs

  /// An outcome with what it cost.
  struct Kept<Outcome: Codable>: Codable {
    /// The description of the arm, for people who look into the file.
    var arm: String
    var milliseconds: Int
    var peakMemory: Int
    var outcome: Outcome
  }

  /// - Parameter say: is told how far the study is.
  func outcomes<Arm: StudyArm>(
    of arms: [Arm], say: (String) -> Void = { _ in }
  ) throws -> [Arm.Outcome] {
    var kept = try arms.map { try self.kept($0) }
    for arm in kept.compactMap(\.self) {
      Session.current.add(.init(milliseconds: arm.milliseconds, peakMemory: arm.peakMemory))
    }
    var tally = ArmTally(total: arms.count, times: kept.compactMap { $0?.milliseconds })
    if tally.done > 0 { say("\(tally.done) of \(arms.count) arms are kept") }
    for (index, arm) in arms.enumerated() where kept[index] == nil {
      let started = ContinuousClock.now
      let outcome = try arm.run(ArmProgress(arm.description, tally))
      Session.current.eraseBar()
      let milliseconds = (ContinuousClock.now - started).milliseconds
      try keep(
        Kept(
          arm: arm.description, milliseconds: milliseconds, peakMemory: peakMemory(),
          outcome: outcome), of: arm)
      // Read back, so that an outcome is the same whether its arm ran now or earlier.
      kept[index] = try self.kept(arm)
      tally.add(milliseconds)
      say(tally.line(after: arm.description))
    }
    return kept.map { $0!.outcome }
  }

  /// The kept outcome of `arm`; `nil` if there is none, or none that can be read.
  private func kept<Arm: StudyArm>(_ arm: Arm) throws -> Kept<Arm.Outcome>? {
    guard let data = try? Data(contentsOf: file(of: arm)) else { return nil }
    return try? decoded(data)
  }

  private func keep<Arm: StudyArm>(_ kept: Kept<Arm.Outcome>, of arm: Arm) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try AtomicFile.write(encoded(kept), to: file(of: arm))
  }

  private func file<Arm: StudyArm>(of arm: Arm) throws -> URL {
    var hash = Fingerprint()
    for text in [sources, knobs.description, String(describing: Arm.self)] { hash.combine(text) }
    hash.combine(try encoded(arm))
    return folder.appending(path: "\(hash.text).json")
  }
}
