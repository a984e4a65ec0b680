import Courses
import Finishing
import Foundation
import Kernels
import Notebook
import Shipping
import Transformer

/// Artefacts side by side, in the tables that chapters 6 to 12 share: what they weigh, what they can do,
/// how near they are to the first of them, and how fast they are.
///
/// ```swift
/// let board = try Scoreboard([.original, .sparse], of: finished, memory: writing)
/// board.show()
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

  /// How many programs wanted to run, on average over the last minute, when the measuring began.
  private let load: Double
  private let finished: FinishedModel

  /// - Parameters:
  ///   - treatments: what is compared; the first is what the others are compared with.
  ///   - memory: what `writingApart` made, if the memory is to be measured.
  public init(
    _ treatments: [Treatment], of finished: FinishedModel, memory: Apart? = nil
  ) throws {
    let artefacts = try treatments.map { try $0.shelved(finished) }
    let inspections = try progress("inspecting", total: treatments.count) { bar in
      try treatments.map { treatment in
        defer { bar.advance() }
        return try treatment.inspected(finished)
      }
    }
    let rounds = Size.current.pick(tiny: 1, book: 5, large: 20)
    load = loadAverage()
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
}

extension Scoreboard {
  /// Shows four tables: what the artefacts weigh, what they can do, how near they are to the first of
  /// them, and how fast they are.
  public func show(line: Int = #line) {
    table("What they weigh", columns: weightColumns, rows: weights, line: line)
    table("What they can do", columns: answerColumns, rows: answers, line: line)
    table("How near they are", columns: nearnessColumns, rows: nearness, line: line)
    table("How fast they are", columns: paceColumns, rows: paces, measured: true, line: line)
    measured("board.threads", Double(Parallel.threads), "threads", line: line)
    measured("board.load", load, "programs that wanted to run", line: line)
  }

  private typealias Row = [any CustomStringConvertible]

  private var weightColumns: [String] {
    [
      "", "file, kB", "weights", "scales", "indices", "embeddings", "gzip", "numbers",
      "thousand products a token, nominal", "executed",
    ]
  }
  private var weights: [Row] {
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

  /// Shares of right answers, the difference to the first with the bounds of a paired bootstrap, what
  /// became of the greedy answers, and the share of right single steps.
  private var answerColumns: [String] {
    [
      "", "right", "difference", "from", "to", "greedy", "became wrong", "became right",
      "single steps",
    ]
  }
  private var answers: [Row] {
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

  /// How much more surprised, with the bounds of a paired bootstrap, and how far away; and how often both
  /// hold the same token likeliest.
  private var nearnessColumns: [String] {
    ["", "more surprised", "from", "to", "divergence", "same token"]
  }
  private var nearness: [Row] {
    entries.map { entry in
      let fidelity = entry.inspection.fidelity
      return [
        "\(entry.treatment)", fidelity.lossDifference, fidelity.interval.lowerBound,
        fidelity.interval.upperBound, fidelity.divergence, fidelity.agreement,
      ]
    }
  }

  /// From one token to the next, for one text and for 64; and what making it took.
  private var paceColumns: [String] {
    [
      "", "ms a token", "95 %", "reads, k/s", "writes 64, k/s", "peak, MB", "made in, s",
      "of tokens, M",
    ]
  }
  private var paces: [Row] {
    entries.map { entry in
      [
        "\(entry.treatment)", entry.pace.median, entry.pace.percentile95, entry.pace.reading / 1000,
        entry.pace.writing / 1000, entry.peakMemory.map { Double($0) / 1e6 } ?? "",
        entry.artefact.making.seconds, Double(entry.artefact.making.tokens) / 1e6,
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

/// The mean number of programs that wanted to run during the last minute; NaN where no system says.
private func loadAverage() -> Double {
  var averages = [0.0]
  return getloadavg(&averages, 1) == 1 ? averages[0] : .nan
}
