import Domains
import Experts
import Testing
import Transformer

@testable import Trials

@Suite struct TrialTests {
  @Test(arguments: Workload.allCases, Layout.allCases)
  func `Every trial trains and is examined, and again the same`(workload: Workload, layout: Layout)
    throws
  {
    let trial = Trial(workload, layout, seed: 3, steps: 3)
    var losses: [Double] = []
    var outcome = try trial.run { losses.append($0.loss) }
    #expect(losses.count == 3 && outcome.loss.isFinite)
    #expect((outcome.recall != nil) == (workload == .recall))
    let isMixture = layout != .dense && layout != .wide
    #expect(outcome.routing.count == 3)
    #expect(outcome.routing.allSatisfy { $0.counts.isEmpty != isMixture })
    #expect(outcome.specialties.isEmpty == (!isMixture || workload == .recall))
    #expect((outcome.droppedFraction > 0) == (layout == .capacity))
    let again = try trial.run()
    outcome.tokensPerSecond = again.tokensPerSecond
    #expect(outcome == again)
  }

  @Test(arguments: Workload.allCases)
  func `Layouts differ in nothing but the feed-forward layers`(workload: Workload) throws {
    let dense = try Trial(workload, .dense, seed: 5).model()
    let feedForward = dense.blocks.count * 3 * dense.configuration.width * workload.feedForwardWidth
    let wide = try Trial(workload, .wide, seed: 5).model()
    for layout in Layout.allCases {
      let model = try Trial(workload, layout, seed: 5).model()
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
      #expect(model.activeParameterCount - routers == dense.parameterCount, "\(layout)")
      if layout == .llama4 { continue }
      #expect(model.parameterCount - routers == wide.parameterCount, "\(layout)")
    }
    #expect(
      wide.parameterCount - dense.parameterCount
        == feedForward * (Workload.experts / workload.expertsPerToken - 1))
  }
}
