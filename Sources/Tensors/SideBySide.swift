import Kernels

extension Tensor {
  /// `make(0, inputs[0])`, `make(1, inputs[1])` and so on: branches of a network that meet again later.
  ///
  /// Each branch is one thread's work from its first operation to its last. The threads wait for each
  /// other once and not at each operation, so none is held up when the machine takes a core away for a
  /// while: experts learn a quarter sooner, and three quarters sooner on cores with other work to do.
  /// Where one input is longer than a thread's share, the branches come one after the other, and the
  /// threads share each operation instead.
  ///
  /// A branch has a tape of its own, which is one record of the tape that is recording now, and is again
  /// one thread's work on the way back. So a branch may use what is traced only if that is its input or a
  /// parameter that no other branch uses.
  public static func sideBySide(
    _ inputs: [Tensor], _ make: (_ index: Int, _ input: Tensor) -> Tensor
  ) -> [Tensor] {
    let rows = inputs.map(\.shape.rows)
    let share = max(fewRows, rows.reduce(0, +) / Parallel.threads)
    guard rows.allSatisfy({ $0 <= share }) else {
      return inputs.enumerated().map { make($0, $1) }
    }
    let tape = Tape.current
    let branches = inputs.map { _ in tape.map { _ in Tape() } }
    let longestFirst = inputs.indices.sorted { rows[$0] > rows[$1] }
    let outputs = [Tensor](unsafeUninitializedCapacity: inputs.count) { outputs, made in
      if let base = outputs.baseAddress {
        parallel(inputs.count) { place in
          let index = longestFirst[place]
          let output = Tape.$current.withValue(branches[index]) { make(index, inputs[index]) }
          (base + index).initialize(to: output)
        }
      }
      made = inputs.count
    }
    tape?.append(longestFirst.compactMap { branches[$0] })
    return outputs
  }

  /// So few rows are not worth sharing, however they are distributed.
  private static let fewRows = 96
}
