import Foundation
import Tensors
import Testing
import Transformer

@testable import Training

@Suite struct PredictionsTests {
  @Test func `what is known of small distributions`() {
    var predictions = Predictions()
    let half = Float(log(0.5))
    let quarter = Float(log(0.25))
    predictions.add(
      Tensor([[half, quarter, quarter], [9, 0, 0], [0, 0, 0], [quarter, quarter, half]]),
      [0, -1, 0, 1])
    #expect(predictions.tokens == 3 && predictions.hits == 2)
    #expect(abs(predictions.entropy - (2 * 1.5 * log(2.0) + log(3.0)) / 3) < 1e-6)
  }

  @Test(arguments: [1, 40]) func `they do not depend on pieces`(_ tokens: Int) {
    let model = Transformer(Course.configuration, seed: 4)
    var options = Course.options()
    let whole = Trainer(model, options, batch: Course.batch).predictions(on: Course.batch(3))
    options.tokensAtOnce = tokens
    let pieces = Trainer(model, options, batch: Course.batch).predictions(on: Course.batch(3))
    #expect(whole == pieces && whole?.tokens == Course.batch(3).reduce(0) { $0 + $1.learned })
    #expect(Trainer(model, options, batch: Course.batch).predictions(on: [Example([1])]) == nil)
  }

  @Test func `they are reported when asked for, and change no bit`() throws {
    func run(_ measures: Bool) throws -> (weights: [Float], reports: [Trainer.Report]) {
      var options = Course.options(20)
      options.measuresPredictions = measures
      var reports: [Trainer.Report] = []
      let trainer = Trainer(
        Transformer(Course.configuration, seed: 4), options, batch: Course.batch)
      try trainer.run {
        reports.append($0)
        return true
      }
      return (Course.weights(trainer.model), reports)
    }
    let (with, without) = (try run(true), try run(false))
    #expect(with.weights == without.weights)
    #expect(without.reports.allSatisfy { $0.predictions == nil && !$0.json.contains("entropy") })
    let (first, last) = (with.reports[0].predictions!, with.reports[19].predictions!)
    #expect(first.tokens == with.reports[0].tokens)
    #expect(first.entropy > 2 && last.entropy < first.entropy)
    #expect(last.meanTokenAccuracy > first.meanTokenAccuracy)
    #expect(
      with.reports[19].json.contains("\"mean_token_accuracy\": \(last.meanTokenAccuracy), ")
        && with.reports[19].json.contains("\"entropy\": \(last.entropy)"))
  }
}
