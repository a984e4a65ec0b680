import Courses
import Foundation
import Notebook
import Pretraining

extension Course {
  /// What the course was like, and the folder of the model or, where one was learned, of the adapter
  /// that it left. The course is held if it never was.
  ///
  /// - Parameter base: the folder of the base model.
  public func shelved(_ base: URL) throws -> (outcome: Outcome, folder: URL) {
    let course = self
    var rigour = Outcome.Rigour.chapter
    // Of a course by rewards each lap tells how many answers are right.
    rigour.hasMilestones = method.isImitation
    let folder = try workspace(
      "course-\(method.rawValue)", key: "\(course) \(steps)", madeBy: "Courses",
      takes: method.isImitation ? "half a minute" : "a minute and a half"
    ) { folder in
      let (outcome, graduate) = try progress(description, total: steps) { bar in
        try Outcome.of(course, baseIn: base, rigour) { bar.advance($0.summary) }
      }
      let files = folder.appending(path: "files")
      if let adapter = graduate.adapter {
        try adapter.write(to: files)
      } else {
        let tokenizer = try BaseModel(contentsOf: base).tokenizer
        try BaseModel(tokenizer: tokenizer, model: graduate.model).write(to: files)
      }
      try JSONEncoder().encode(outcome).write(to: folder.appending(path: "outcome.json"))
    }
    let outcome = try JSONDecoder().decode(
      Outcome.self, from: Data(contentsOf: folder.appending(path: "outcome.json")))
    return (outcome, folder.appending(path: "files"))
  }
}
