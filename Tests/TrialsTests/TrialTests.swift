import Domains
import Experts
import Testing
import Transformer

@testable import Trials

@Suite struct TrialTests {
  @Test(arguments: Task.allCases, Layout.allCases)
  func `Every trial trains and is examined, and again the same`(task: Task, layout: Layout) throws {
    let trial = Trial(task, layout, seed: 3, steps: 3)
    var losses: [Double] = []
    var outcome = try trial.run { losses.append($0.loss) }
    #expect(losses.count == 3 && outcome.loss.isFinite)
    #expect((outcome.recall != nil) == (task == .recall))
    let isMixture = layout != .dense && layout != .wide
    #expect(outcome.routing.count == 3)
    #expect(outcome.routing.allSatisfy { $0.counts.isEmpty != isMixture })
    #expect(outcome.specialties.isEmpty == (!isMixture || task == .recall))
    #expect((outcome.droppedFraction > 0) == (layout == .capacity))
    let again = try trial.run()
    outcome.tokensPerSecond = again.tokensPerSecond
    #expect(outcome == again)
  }

  @Test(arguments: Task.allCases)
  func `Layouts differ in nothing but the feed-forward layers`(task: Task) throws {
    let dense = try Trial(task, .dense, seed: 5).model()
    let feedForward = dense.blocks.count * 3 * dense.configuration.width * task.feedForwardWidth
    let wide = try Trial(task, .wide, seed: 5).model()
    for layout in Layout.allCases {
      let model = try Trial(task, layout, seed: 5).model()
      let rest = model.parameters.all.filter { !$0.name.contains("mlp") }
      #expect(rest.count == dense.parameters.all.count { !$0.name.contains("mlp") })
      for parameter in rest {
        let twin = dense.parameters.all.first { $0.name == parameter.name }!
        #expect(parameter.tensor.floats == twin.tensor.floats)
      }
      if layout == .dense || layout == .wide { continue }
      let routers = model.parameters.all.reduce(0) {
        $0 + ($1.name.contains("gate.") ? $1.tensor.shape.count : 0)
      }
      #expect(model.activeParameterCount - routers == dense.parameters.count, "\(layout)")
      if layout == .llama4 { continue }
      #expect(model.parameters.count - routers == wide.parameters.count, "\(layout)")
    }
    #expect(
      wide.parameters.count - dense.parameters.count
        == feedForward * (Task.experts / task.expertsPerToken - 1))
  }
}
