import Files
import Foundation

/// The losses of all steps of a run, in nats, in a file beside what the run has left.
public enum Losses {
  public static func write(_ losses: [Double], to folder: URL) throws {
    try AtomicFile.write(JSONEncoder().encode(losses), to: file(in: folder))
  }

  public static func read(in folder: URL) throws -> [Double] {
    try JSONDecoder().decode([Double].self, from: Data(contentsOf: file(in: folder)))
  }

  private static func file(in folder: URL) -> URL { folder.appending(path: "losses.json") }
}
