import Finishing
import Foundation
import Notebook
import Shipping

extension Treatment {
  /// What this makes of the finished model, made if it is missing.
  public func shelved(_ finished: FinishedModel) throws -> Artefact {
    let effort = Effort.current
    let basis = try basis?.shelved(finished)
    let folder = try workspace(
      "treatment-\(rawValue)", key: "\(effort)", madeBy: "Shipping", takes: "half a minute"
    ) { folder in
      try progress("\(self)", total: trainingSteps(effort)) { bar in
        try make(in: folder, from: finished, after: basis, effort) { bar.advance() }
      }
    }
    return try Artefact(contentsOf: folder)
  }

  /// What an inspection of the artefact finds. That comes out the same each time, so it is done once and
  /// kept beside the artefacts.
  public func inspected(
    _ finished: FinishedModel, _ rigour: Inspection.Rigour = .current
  ) throws -> Inspection {
    let artefact = try shelved(finished)
    let file = "inspection.json"
    // The name of the artefact's folder says all that it was made of.
    let folder = try workspace(
      "inspection", key: "\(artefact.folder.lastPathComponent) \(rigour)", madeBy: "Shipping",
      takes: nil
    ) {
      let inspection = try Inspection(artefact, of: finished, rigour)
      try JSONEncoder().encode(inspection).write(to: $0.appending(path: file))
    }
    return try JSONDecoder().decode(
      Inspection.self, from: Data(contentsOf: folder.appending(path: file)))
  }
}

extension Effort {
  /// What `SIZE` asks for.
  public static var current: Effort {
    var effort = Effort()
    effort.healingSteps = Size.current.pick(tiny: 3, book: effort.healingSteps, large: 1000)
    effort.calibrationTexts = Size.current.pick(
      tiny: 16, book: effort.calibrationTexts, large: 1024)
    if Size.current == .tiny { effort.textsAtOnce = 4 }
    return effort
  }
}

extension Inspection.Rigour {
  /// What `SIZE` asks for.
  public static var current: Inspection.Rigour {
    var rigour = Inspection.Rigour()
    if Size.current == .tiny { (rigour.problems, rigour.drawn) = (16, 2) }
    return rigour
  }
}
