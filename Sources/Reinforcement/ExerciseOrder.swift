import Kernels

/// In which order exercises are given: all of them, shuffled; then all of them again, shuffled anew.
///
/// The exercises of a step are a function of the step's number. So are those that replace
/// uninformative ones: each further round of a step has an order of its own.
struct ExerciseOrder {
  let count: Int
  let seed: UInt64

  /// The numbers of the exercises at `step`, of which each takes `size`.
  func numbers(step: Int, round: Int, size: Int) -> [Int] {
    var shuffled: [Int: [Int]] = [:]
    return (step * size..<(step + 1) * size).map { place in
      let epoch = place / count
      if shuffled[epoch] == nil {
        var generator = Generator(seed: seed).stream(UInt64(round), UInt64(epoch))
        var order = Array(0..<count)
        generator.shuffle(&order)
        shuffled[epoch] = order
      }
      return shuffled[epoch]![place % count]
    }
  }
}
