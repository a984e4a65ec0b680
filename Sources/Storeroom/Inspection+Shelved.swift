import Finishing
import Foundation
import Notebook
import Shipping

extension Artefact {
  /// What an inspection finds, which is the same every time and so is done once.
  public func inspected(
    of finished: FinishedModel, _ rigour: Inspection.Rigour = .current
  ) throws -> Inspection {
    let file = "inspection.json"
    let folder = try workspace(
      "inspection", key: "\(folder.lastPathComponent) \(rigour)", madeBy: "Shipping", takes: nil
    ) {
      let inspection = try Inspection(self, of: finished, rigour)
      try JSONEncoder().encode(inspection).write(to: $0.appending(path: file))
    }
    return try JSONDecoder().decode(
      Inspection.self, from: Data(contentsOf: folder.appending(path: file)))
  }
}
