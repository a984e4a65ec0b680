import Courses
import Foundation
import Pretraining
import Scratch
import SparsePretraining
import Testing
import Transformer

@testable import SparseCourses

@Suite struct SparseCourseTests {
  @Test(arguments: [Courses.Method.searches, .grpo])
  func `a course leaves an adapter that changes what the experts say`(method: Courses.Method)
    throws
  {
    var recipe = BaseModel.Recipe()
    (recipe.layers, recipe.width, recipe.steps, recipe.rows) = (1, 32, 2, 2)
    let sparse = try SparseBaseModel.pretrain(recipe)
    var course = Course(method, seed: 1, learningRate: 1e-2, rank: 2)
    course.steps = 1
    course.problems = 16
    try inTemporaryFolder { folder in
      var steps = 0
      try SparseCourse(course).make(in: folder, sparse) { _ in steps += 1 }
      #expect(steps == 1)
      let taught = try SparseCourse.model(in: folder, beside: sparse)
      let prompt = sparse.tokenizer.encode("make 27 from 4 6 3\n")
      let passage = Passage(prompt, lengths: [prompt.count])
      let logits = taught(passage).floats
      #expect(logits.allSatisfy { $0.isFinite })
      // An untaught model earns nothing, so rewards have nothing to say to it.
      #expect((logits != sparse.model(passage).floats) == method.isImitation)
      #expect(taught.configuration == sparse.model.configuration)
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      #expect(names == ["adapter_config.json", "adapter_model.safetensors"])
    }
  }
}
