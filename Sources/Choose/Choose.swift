import ArgumentParser
import Foundation
import Notebook
import Programs
import Shipping
import Storeroom

/// Chooses which of the book's compressed models to ship.
@main struct Choose: Program {
  static let configuration = CommandConfiguration(
    commandName: "choose",
    abstract: "Chooses which model to ship: limits in, a model and the reasons out.",
    discussion: """
      The candidates are the models that chapters 6 to 12 make of the finished model. They are made, \
      inspected and timed on this machine the first time, which takes some minutes, and remembered.

      Other models can be chosen from as well: --candidates takes a file of JSON, an array of objects \
      with name, bytes, milliseconds, processorSeconds, accuracy and, if you like, folder.

      Examples:
        choose --megabytes 1 --accuracy 0.6
        choose --milliseconds 0.05 --wish best
      """)

  @Option(help: "The largest size of the files, in millions of bytes.")
  var megabytes: Double?

  @Option(help: "The longest median time from one token to the next.")
  var milliseconds: Double?

  @Option(help: "The least share of right answers, from 0 to 1.")
  var accuracy: Double?

  @Option(help: "What decides among those that keep to all limits: cheapest, smallest or best.")
  var wish = Limits.Wish.cheapest

  @Option(help: "A file of candidates to choose from instead.")
  var candidates: String?

  func run() throws {
    let limits = Limits(
      megabytes: megabytes, milliseconds: milliseconds, accuracy: accuracy, wish: wish)
    let all = try candidates.map(read) ?? Candidate.shelved()
    let choice = try limits.choice(among: all)
    Terminal.write("\(choice.candidate.name): \(choice.reason).")
    if let folder = choice.candidate.folder { Terminal.write("Its files are in \(folder).") }
    for (candidate, objections) in choice.refused {
      Terminal.write("not \(candidate.name): \(objections.joined(separator: "; "))")
    }
  }

  /// The candidates in a file of the reader's own.
  private func read(_ path: String) throws -> [Candidate] {
    let url = URL(filePath: path)
    guard let size = try? url.resourceValues(forKeys: [.fileSizeKey]).fileSize,
      let data = try? Data(contentsOf: url)
    else { throw ValidationError("\(path): cannot be read; is the name right?") }
    guard size <= 1 << 24 else {
      throw ValidationError("\(path): \(size) bytes are no list of candidates")
    }
    do {
      let all = try JSONDecoder().decode([Candidate].self, from: data)
      if all.isEmpty { throw ValidationError("\(path): has no candidates; give it one at least") }
      for candidate in all {
        let name = candidate.name.debugDescription
        // More than anything that is measured.
        let times = [candidate.milliseconds, candidate.processorSeconds]
        guard candidate.bytes >= 0, times.allSatisfy({ (0...1e12).contains($0) }),
          (0...1).contains(candidate.accuracy)
        else {
          throw ValidationError(
            "\(path): \(name) has a size or a time that is none, or an accuracy beyond 0 to 1")
        }
        guard
          candidate.name.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else { throw ValidationError("\(path): \(name) is no name; leave control characters out") }
      }
      return all
    } catch let error as DecodingError {
      throw ValidationError("\(path): not a list of candidates: \(error.place)")
    }
  }
}

extension Limits.Wish: ExpressibleByArgument {}

extension DecodingError {
  /// What is wrong and where, on one line.
  fileprivate var place: String {
    let context =
      switch self {
      case .typeMismatch(_, let context), .valueNotFound(_, let context),
        .keyNotFound(_, let context), .dataCorrupted(let context):
        context
      @unknown default: Context(codingPath: [], debugDescription: "\(self)")
      }
    let path = context.codingPath.map(\.stringValue).joined(separator: ".")
    return (path.isEmpty ? "" : "at \(path): ") + context.debugDescription
  }
}
