import Foundation
import Kernels
import Tensors
import Testing
import Transformer

@testable import Training

@Suite struct EvaluationTests {
  /// Examples of many lengths, among them some that teach nothing.
  private let heldOut =
    Course.batch(1001) + [Example([3]), Example([1, 2, 3], given: 3)] + Course.batch(1002)

  private func train(
    evaluating: Bool, tokensAtOnce: Int = 1 << 14
  ) throws -> (weights: [Float], reports: [Trainer.Report]) {
    var options = Course.options()
    options.evaluateEvery = 7
    options.tokensAtOnce = tokensAtOnce
    let trainer = Trainer(
      Transformer(Course.configuration, seed: 4), options, heldOut: evaluating ? heldOut : [],
      batch: Course.batch)
    var reports: [Trainer.Report] = []
    try trainer.run {
      reports.append($0)
      return true
    }
    return (Course.weights(trainer.model), reports)
  }

  @Test func `it is the mean surprisal of the tokens, one by one`() {
    let model = Transformer(Course.configuration, seed: 4)
    let trainer = Trainer(model, Course.options(), batch: Course.batch)
    var sum = 0.0
    var count = 0
    for example in heldOut where example.learned > 0 {
      let logits = model(
        Passage(Array(example.tokens.dropLast()), lengths: [example.tokens.count - 1]))
      for place in example.given..<example.tokens.count {
        let row = Tensor([1, 23], logits.row(place - 1))
        sum += Double(row.crossEntropy([example.tokens[place]]).scalar)
        count += 1
      }
    }
    #expect(trainer.loss(on: heldOut) == sum / Double(count))
    #expect(trainer.loss(on: []) == nil)
    #expect(trainer.loss(on: [Example([3]), Example([1, 2], given: 2)]) == nil)
  }

  @Test func `every so many steps and at the end, and no bit of training changes`() throws {
    let without = try train(evaluating: false)
    let with = try train(evaluating: true)
    #expect(with.weights == without.weights)
    #expect(with.reports.map(\.loss) == without.reports.map(\.loss))
    #expect(without.reports.allSatisfy { $0.evalLoss == nil })
    #expect(with.reports.filter { $0.evalLoss != nil }.map(\.step) == [7, 14, 21, 28, 30])
    #expect(with.reports[29].evalLoss! < with.reports[6].evalLoss!)
  }

  @Test(arguments: [1, 40, 100])
  func `the same bits in pieces of any size`(_ tokens: Int) throws {
    let whole = try train(evaluating: true)
    let pieces = try train(evaluating: true, tokensAtOnce: tokens)
    #expect(pieces.reports.map(\.evalLoss) == whole.reports.map(\.evalLoss))
  }
}
