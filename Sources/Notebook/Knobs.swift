import Foundation

/// How much work a chapter does: `SIZE=tiny|book|large`.
///
/// The committed book is made at `book`. `tiny` exercises every line in seconds, for a quick check;
/// `large` is for readers with patience.
public enum Size: String, CaseIterable, Codable, Sendable {
  case tiny, book, large

  /// The size that `SIZE` asks for, `book` when it is unset.
  public static var current: Size { Knobs.current.size }

  /// Picks the value for this size: `let steps = Size.current.pick(tiny: 20, book: 400, large: 4000)`.
  public func pick<Value>(tiny: Value, book: Value, large: Value) -> Value {
    switch self {
    case .tiny: tiny
    case .book: book
    case .large: large
    }
  }
}

/// The seed of a chapter's experiments that have one: `SEED=n`.
public enum Seed {
  /// The seed the committed book is made with.
  public static let ofTheBook: UInt64 = 1

  /// The seed that `SEED` asks for, `Seed.ofTheBook` when it is unset.
  public static var current: UInt64 { Knobs.current.seed }
}

/// The environment variables that every chapter understands, read once.
public struct Knobs: Codable, Equatable, Sendable {
  /// `SIZE`
  public var size = Size.book
  /// `SEED`
  public var seed = Seed.ofTheBook
  /// `ESPALIER_ENGINE`
  public var engine = "lanes"

  /// The engines a chapter may be asked to run on.
  static let engines = ["lanes", "openblas"]

  /// The knobs of the committed book.
  public init() {}

  /// The knobs of this process. A value that cannot be understood ends the program with one line
  /// that names the variable, before any work is done.
  public static let current: Knobs = {
    do throws(KnobError) {
      return try Knobs(environment: ProcessInfo.processInfo.environment)
    } catch {
      Terminal.stop(error.message)
    }
  }()

  /// Reads the knobs, treating an empty variable like an unset one.
  public init(environment: [String: String]) throws(KnobError) {
    if let text = environment["SIZE"], !text.isEmpty {
      guard let value = Size(rawValue: text) else {
        let sizes = Size.allCases.map(\.rawValue).joined(separator: ", ")
        throw KnobError(message: "SIZE=\(text) is not one of \(sizes)")
      }
      size = value
    }
    if let text = environment["SEED"], !text.isEmpty {
      guard let value = UInt64(text) else {
        throw KnobError(message: "SEED=\(text) is not a whole number from 0 to \(UInt64.max)")
      }
      seed = value
    }
    if let text = environment["ESPALIER_ENGINE"], !text.isEmpty {
      guard Self.engines.contains(text) else {
        let engines = Self.engines.joined(separator: ", ")
        throw KnobError(message: "ESPALIER_ENGINE=\(text) is not one of \(engines)")
      }
      engine = text
    }
    if let text = environment["ESPALIER_THREADS"], !text.isEmpty {
      // More than a few for each core would wait for each other most of the time.
      let most = 4 * ProcessInfo.processInfo.activeProcessorCount
      guard let count = Int(text), (1...most).contains(count) else {
        throw KnobError(
          message:
            "ESPALIER_THREADS=\(text) is not a whole number from 1 to \(most), four times the cores"
        )
      }
    }
  }

  /// Whether a run under these knobs must reproduce the committed numbers to the last bit.
  public var areThoseOfTheBook: Bool { self == Knobs() }

  /// The knobs as a reader would type them, such as `SIZE=tiny SEED=1 ESPALIER_ENGINE=lanes`.
  public var description: String {
    "SIZE=\(size.rawValue) SEED=\(seed) ESPALIER_ENGINE=\(engine)"
  }
}

/// An environment variable whose value means nothing.
public struct KnobError: Error {
  /// One line that names the variable, its value, and what it may be.
  public let message: String
}
