import Finishing
import Foundation
import Notebook
import Shipping

extension Candidate {
  /// All models that chapters 6 to 12 make, inspected and timed on this machine once.
  public static func shelved() throws -> [Candidate] {
    let folder = try workspace(
      "candidates", key: "\(Effort.current) \(Inspection.Rigour.current)", madeBy: "Shipping",
      takes: "some minutes"
    ) { folder in
      let board = try Scoreboard(Treatment.allCases, of: FinishedModel.shelved())
      try JSONEncoder().encode(board.candidates()).write(
        to: folder.appending(path: "candidates.json"))
    }
    return try JSONDecoder().decode(
      [Candidate].self, from: Data(contentsOf: folder.appending(path: "candidates.json")))
  }
}
