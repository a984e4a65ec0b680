import Courses
import Finishing
import Foundation
import Notebook
import Shipping
import Transformer

/// Artefacts side by side, in the tables that chapters 6 to 12 share: what they weigh, what they can do,
/// how near they are to the first of them, and how fast they are.
///
/// ```swift
/// let board = try Scoreboard([.original, .sparse], of: finished, memory: writing)
/// table("What they weigh", columns: Scoreboard.weightColumns, rows: board.weights)
/// ```
public struct Scoreboard {
  public struct Entry {
    public let treatment: Treatment
    public let artefact: Artefact
    public let inspection: Inspection
    public let pace: Pace

    /// The most memory that a process held which loaded the artefact and wrote one text, in bytes.
    /// Nil if it was not asked for.
    public let peakMemory: Int?
  }

  public let entries: [Entry]
  private let finished: FinishedModel

  /// - Parameters:
  ///   - treatments: what is compared; the first is what the others are compared with.
  ///   - memory: what `writingApart` made, if the memory is to be measured.
  public init(
    _ treatments: [Treatment], of finished: FinishedModel, memory: Apart? = nil
  ) throws {
    let artefacts = try treatments.map { try $0.shelved(finished) }
    let inspections = try progress("inspecting", total: treatments.count) { bar in
      try artefacts.map { artefact in
        defer { bar.advance() }
        return try artefact.inspected(of: finished)
      }
    }
    let rounds = Size.current.pick(tiny: 1, book: 5, large: 20)
    let paces = try progress("measuring", total: rounds + 1) { bar in
      Pace.measure(
        try artefacts.map { try $0.model() }, prompt: finished.heldOut[0].prompt, rounds: rounds
      ) { bar.advance() }
    }
    let memories = try artefacts.map { try memory?.peakMemory(with: $0.folder.path) }
    entries = treatments.indices.map {
      Entry(
        treatment: treatments[$0], artefact: artefacts[$0], inspection: inspections[$0],
        pace: paces[$0], peakMemory: memories[$0])
    }
    self.finished = finished
  }

  public subscript(treatment: Treatment) -> Entry {
    entries.first { $0.treatment == treatment }!
  }

  /// What may be chosen from. The accuracy is that on validation problems, so that held-out ones still
  /// tell the truth about what was chosen.
  public func candidates() throws -> [Candidate] {
    let problems = Exam.validation.problems(
      Size.current.pick(tiny: 16, book: 332, large: 332), of: [])
    return try progress("examining", total: entries.count) { bar in
      try entries.map { entry in
        defer { bar.advance() }
        let marks = Marks(
          try entry.artefact.model(), finished.tokenizer, on: problems,
          drawn: Inspection.Rigour.current.drawn, asksGreedily: false)
        return Candidate(
          name: entry.treatment.rawValue, bytes: entry.inspection.weight.bytes,
          milliseconds: entry.pace.median, processorSeconds: entry.pace.processorSeconds,
          accuracy: marks.accuracy, folder: entry.artefact.folder.path)
      }
    }
  }

  private var original: Inspection { entries[0].inspection }

  public typealias Row = [any CustomStringConvertible]

  /// Bytes of files in kB, and the work of a token in thousands of multiplications.
  public static let weightColumns = [
    "", "file, kB", "weights", "scales", "indices", "embeddings", "gzip", "numbers",
    "work, nominal",
    "executed",
  ]
  public var weights: [Row] {
    entries.map { entry in
      let weight = entry.inspection.weight
      func kilo(_ count: Int) -> Double { Double(count) / 1000 }
      return [
        "\(entry.treatment)", kilo(weight.bytes), kilo(weight.parts.weights),
        kilo(weight.parts.scales), kilo(weight.parts.indices), kilo(weight.parts.embeddings),
        kilo(weight.zippedBytes), entry.inspection.parameters, kilo(entry.inspection.work.nominal),
        kilo(entry.inspection.work.executed),
      ]
    }
  }

  /// Shares of right answers to held-out problems, the difference to the first with the bounds of a
  /// paired bootstrap, what became of the greedy answers, and the share of right single steps.
  public static let answerColumns = [
    "", "right", "difference", "from", "to", "greedy", "became wrong", "became right",
    "single steps",
  ]
  public var answers: [Row] {
    entries.map { entry in
      let inspection = entry.inspection
      let lead = inspection.lead(over: original)
      let flips = inspection.flips(from: original)
      return [
        "\(entry.treatment)", inspection.marks.accuracy, lead.mean, lead.low, lead.high,
        inspection.marks.greedyAccuracy, flips.becameWrong, flips.becameRight, inspection.facts,
      ]
    }
  }

  /// In nats a token: how much more surprised, with the bounds of a paired bootstrap, and how far away;
  /// and how often both hold the same token likeliest.
  public static let nearnessColumns = [
    "", "more surprised", "from", "to", "divergence", "same token",
  ]
  public var nearness: [Row] {
    entries.map { entry in
      let fidelity = entry.inspection.fidelity
      return [
        "\(entry.treatment)", fidelity.lossDifference, fidelity.interval.lowerBound,
        fidelity.interval.upperBound, fidelity.divergence, fidelity.agreement,
      ]
    }
  }

  /// Milliseconds from one token to the next, thousands of tokens a second, MB, and seconds.
  public static let paceColumns = [
    "", "ms a token", "95 %", "reads, k/s", "writes 64, k/s", "peak, MB", "made in, s",
  ]
  public var paces: [Row] {
    entries.map { entry in
      [
        "\(entry.treatment)", entry.pace.median, entry.pace.percentile95, entry.pace.reading / 1000,
        entry.pace.writing / 1000, entry.peakMemory.map { Double($0) / 1e6 } ?? "",
        entry.artefact.making.seconds,
      ]
    }
  }
}

/// To be declared right after `chapter(…)`: writes a text with an artefact in a process of its own.
public func writingApart() -> Apart {
  Apart("writing") { folder in
    let model = try Artefact(contentsOf: URL(filePath: folder)).model()
    _ = Writer(model, sampling: .greedy, limit: 96)([[1, 2, 3]])
  }
}
