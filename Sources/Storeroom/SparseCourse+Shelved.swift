import Courses
import Curriculum
import Foundation
import Notebook
import SparseCourses
import SparsePretraining

extension SparseCourse {
  /// The folder of the adapter that the course left; the course is held if it never was.
  ///
  /// - Parameter sparse: the base model's twin with experts.
  public func shelved(_ sparse: SparseBaseModel, on problems: [Problem]) throws -> URL {
    try workspace(
      "course-experts", key: "\(self) \(course.steps)", madeBy: "SparseCourses",
      takes: "two minutes"
    ) { folder in
      try progress("\(self)", total: course.steps) { bar in
        try make(in: folder, sparse, on: problems) { bar.advance($0.summary) }
      }
    }
  }
}
