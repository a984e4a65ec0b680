import Compression
import Finishing
import Foundation
import Notebook
import Pretraining
import Shipping
import Transformer

/// A student, and what its schooling was like.
public struct Student {
  public let artefact: Artefact
  public let model: Transformer

  /// The loss of each step of its last phase, in nats a token.
  public let losses: [Double]
}

extension [Schooling] {
  /// The student of these phases, one after the other, which is brought up if it never was.
  public func shelved(_ finished: FinishedModel) throws -> Student {
    let phase = last!
    let folder = try workspace(
      "student", key: "\(self)", madeBy: "Shipping", takes: "ten seconds"
    ) { folder in
      let earlier = dropLast()
      let student =
        earlier.isEmpty
        ? phase.student(of: finished) : try [Schooling](earlier).shelved(finished).model
      var losses: [Double] = []
      try Artefact.make(in: folder) { folder in
        let tokens = try progress("student", total: phase.steps) { bar in
          try phase.teach(student, by: finished) { report in
            losses.append(report.loss)
            bar.advance("loss \(Float(report.loss))")
          }
        }
        try CompressedCheckpoint(student, ends: [finished.end]).write(to: folder)
        return tokens
      }
      try Losses.write(losses, to: folder)
    }
    let artefact = try Artefact(contentsOf: folder)
    return Student(
      artefact: artefact, model: try artefact.model(), losses: try Losses.read(in: folder))
  }
}
