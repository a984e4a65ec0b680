import Courses
import Foundation
import Notebook
import SparseCourses
import SparsePretraining

extension SparseCourse {
  /// The folder of the adapter that the course left; the course is held if it never was.
  ///
  /// - Parameter sparse: the base model's twin with experts.
  public func shelved(_ sparse: SparseBaseModel) throws -> URL {
    try workspace(
      "course-experts-\(course.method.rawValue)", key: "\(self) \(course.steps)",
      madeBy: "SparseCourses", takes: course.method.isImitation ? "a minute" : "two minutes"
    ) { folder in
      try progress("\(self)", total: course.steps) { bar in
        try make(in: folder, sparse) { bar.advance($0.summary) }
      }
    }
  }
}
