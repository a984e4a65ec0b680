/// One thing a chapter said, and the line of `main.swift` where it said it.
///
/// A run of a chapter leaves one event a line, as JSON, in the file that `ESPALIER_TRACE` names.
/// That file is all the weaver reads: what a chapter prints for people is never parsed.
public struct Event: Codable, Equatable, Sendable {
  /// The line of the chapter's `main.swift`, counted from 1.
  public var line: Int
  public var content: Content

  public init(line: Int, content: Content) {
    self.line = line
    self.content = content
  }

  public enum Content: Codable, Equatable, Sendable {
    /// The first event of every run.
    case chapter(Opening)
    case text(label: String?, text: String)
    case table(Table)
    case figure(Figure)
    /// A number or word that must be the same in every run; `value` is its exact text.
    case pin(name: String, value: String)
    /// A sentence of the book, and whether this run bears it out.
    case claim(sentence: String, holds: Bool)
    /// A value that differs from run to run, such as a time.
    case measured(name: String, value: String, unit: String)
    /// The last event of every run that reached its end; a trace without it is of a crash.
    case end(Closing)
  }
}

/// What a chapter says about itself, and the knobs it ran under.
public struct Opening: Codable, Equatable, Sendable {
  public var number: Int
  public var title: String
  public var shows: String
  public var needs: String
  public var takes: String
  public var knobs: Knobs
  /// Of a study, the fingerprint of the code it was started with; `nil` for a chapter.
  public var sources: String?

  public init(
    number: Int, title: String, shows: String, needs: String, takes: String, knobs: Knobs,
    sources: String? = nil
  ) {
    self.number = number
    self.title = title
    self.shows = shows
    self.needs = needs
    self.takes = takes
    self.knobs = knobs
    self.sources = sources
  }
}

/// What a finished run cost.
public struct Closing: Codable, Equatable, Sendable {
  /// Wall-clock time from the call of `chapter` to the end, in milliseconds; of a study with the
  /// time that its arms took when they were run.
  public var milliseconds: Int
  /// The most memory the process ever held, in bytes, as the kernel counts it; of a study the most
  /// that any process held which ran an arm.
  public var peakMemory: Int

  public init(milliseconds: Int, peakMemory: Int) {
    self.milliseconds = milliseconds
    self.peakMemory = peakMemory
  }
}
