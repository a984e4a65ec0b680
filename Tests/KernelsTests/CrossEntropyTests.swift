import Foundation
import Testing

@testable import Kernels

@Suite struct CrossEntropyTests {
  @Test(arguments: shapes) func lossAndGradientAgreeWithTheirDefinitions(
    _ rows: Int, _ classes: Int
  ) {
    let logits = normals(rows * classes, deviation: 2)
    let targets = (0..<rows).map { Int32($0 % 5 == 4 ? -1 : ($0 * 31) % classes) }
    let weights = normals(rows, seed: 2)
    let before = normals(rows * classes, seed: 3)
    let results = onAnyThreads {
      let (losses, logSums) = forward(logits, targets, rows, classes)
      return losses + logSums
    }
    let (losses, logSums) = (Array(results[..<rows]), Array(results[rows...]))
    var expected = [Float](repeating: 0, count: rows)
    logSumExp(logits, into: &expected, rows: rows, columns: classes)
    #expect(bits(logSums) == bits(expected))
    for accumulate in [false, true] {
      let gradient = onAnyThreads {
        var dx = before
        crossEntropyBackward(
          logits: logits, targets: targets, logSums: logSums, weights: weights, into: &dx,
          rows: rows, classes: classes, accumulate: accumulate)
        return dx
      }
      for row in 0..<rows {
        let range = row * classes..<(row + 1) * classes
        let sum = logits[range].reduce(0.0) { $0 + exp(Double($1)) }
        let isIgnored = targets[row] < 0
        if isIgnored {
          #expect(losses[row] == 0)
        } else {
          let truth = log(sum) - Double(logits[range.lowerBound + Int(targets[row])])
          expectClose([losses[row]], [truth], absolute: 0x1p-20)
        }
        let truth = range.enumerated().map { column, i in
          let hit = column == Int(targets[row]) ? 1.0 : 0
          let slope = isIgnored ? 0 : exp(Double(logits[i])) / sum - hit
          return (accumulate ? Double(before[i]) : 0) + slope * Double(weights[row])
        }
        expectClose(Array(gradient[range]), truth, relative: 0x1p-22, absolute: 0x1p-20)
      }
    }
  }

  @Test func aRowAloneHasTheBitsOfTheRowInABatch() {
    let (rows, classes) = (9, 77)
    let logits = normals(rows * classes)
    let targets = (0..<rows).map { Int32($0) }
    let together = forward(logits, targets, rows, classes)
    for row in 0..<rows {
      let range = row * classes..<(row + 1) * classes
      let alone = forward(Array(logits[range]), [targets[row]], 1, classes)
      #expect(alone.losses == [together.losses[row]] && alone.logSums == [together.logSums[row]])
    }
  }

  @Test func largeLogitsDoNotOverflow() {
    let (losses, logSums) = forward([3000, -3000], [0], 1, 2)
    #expect(losses == [0] && logSums == [3000])
  }
}

private func forward(
  _ logits: [Float], _ targets: [Int32], _ rows: Int, _ classes: Int
) -> (losses: [Float], logSums: [Float]) {
  var losses = [Float](repeating: .nan, count: rows)
  var logSums = losses
  crossEntropy(
    logits: logits, targets: targets, into: &losses, logSums: &logSums, rows: rows,
    classes: classes)
  return (losses, logSums)
}
