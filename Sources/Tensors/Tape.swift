import Kernels

/// The gradient of one traced tensor, while it is being gathered.
///
/// A tensor that several operations read receives a contribution from each of them; the chain
/// rule says to add them up. Where that has happened, the pullback of the operation that made the
/// tensor may run.
final class Node {
  /// The sum so far; nil before the first contribution. A parameter's node starts with the
  /// parameter's own gradient, so that contributions add to it in place.
  var gradient: Storage?

  init(gradient: Storage? = nil) { self.gradient = gradient }
}

/// The list of what was computed, in order, with what to do about each step on the way back.
///
/// Running a program forward visits its operations in an order in which every input is ready.
/// Reversed, that order is right for the chain rule: when an operation's turn comes, all its
/// readers have already said how the result depends on its output. So a tape needs no graph, no
/// search and no recursion, and what a step held is freed as the tape unwinds.
///
/// A tape belongs to the task that opened it with `valueAndGradient`, or to the thread that works on its
/// branch of `sideBySide`.
final class Tape: @unchecked Sendable {
  private enum Record {
    case operation(output: Node, pullback: (Storage) -> Void)
    /// Several tapes of which none needs another.
    case branches([Tape])
  }

  private var records: [Record] = []

  /// The tape that is recording now; nil outside `valueAndGradient`, so that inference costs
  /// nothing.
  @TaskLocal static var current: Tape?

  func append(_ output: Node, _ pullback: @escaping (Storage) -> Void) {
    records.append(.operation(output: output, pullback: pullback))
  }

  /// Appends what other tapes have recorded, each of them to be unwound on one thread.
  func append(_ branches: [Tape]) { records.append(.branches(branches)) }

  /// Runs all pullbacks, last first, starting from a gradient of 1 for the scalar `loss`.
  func unwind(from loss: Tensor) {
    loss.receive(Tensor(loss.shape, repeating: 1))
    unwind()
  }

  private func unwind() {
    while let record = records.popLast() {
      switch record {
      case .operation(let output, let pullback):
        guard let gradient = output.gradient else { continue }
        output.gradient = nil
        pullback(gradient)
      case .branches(let branches):
        parallel(branches.count) { branches[$0].unwind() }
      }
    }
  }
}

extension Tensor {
  /// This tensor as the result of an operation on `inputs`: if one of them is traced, the result
  /// is too, and on the way back `pullback` is given the gradient with respect to the result.
  ///
  /// The pullback may hold the inputs and this untraced tensor; it must not hold what this
  /// function returns, which would keep the tape alive through itself.
  @inline(__always) func recorded(
    from inputs: Tensor..., pullback: @escaping (_ dy: Tensor) -> Void
  ) -> Tensor {
    recorded(from: inputs, pullback: pullback)
  }

  /// The same, for an operation on any number of inputs.
  @inline(__always) func recorded(
    from inputs: [Tensor], pullback: @escaping (_ dy: Tensor) -> Void
  ) -> Tensor {
    guard inputs.contains(where: { $0.node != nil }), let tape = Tape.current else { return self }
    let node = Node()
    let shape = shape
    tape.append(node) { pullback(Tensor(shape, $0)) }
    return Tensor(shape, storage, node: node)
  }

  /// Whether someone wants the gradient with respect to this tensor.
  var wantsGradient: Bool { node != nil }

  /// Adds to this tensor's gradient: `contribute` is given its memory, and whether to add to what
  /// is there (`accumulate`) or to overwrite it. Not called if no gradient is wanted.
  func receive(_ contribute: (_ gradient: Tensor, _ accumulate: Bool) -> Void) {
    guard let node else { return }
    if node.gradient == nil {
      let gradient = Storage(count: count)
      contribute(Tensor(shape, gradient), false)
      node.gradient = gradient
    } else {
      if !isKnownUniquelyReferenced(&node.gradient) {
        let copy = Storage(count: count)
        copy.base.update(from: node.gradient!.base, count: count)
        node.gradient = copy
      }
      contribute(Tensor(shape, node.gradient!), true)
    }
  }

  /// Adds `dy` to this tensor's gradient as it is. The first to come is shared instead of copied:
  /// half of the contributions in a residual network are of this kind.
  func receive(_ dy: Tensor) {
    guard let node else { return }
    if node.gradient == nil {
      node.gradient = dy.storage
    } else {
      receive { gradient, _ in add(dy.base, to: gradient.base, count: count) }
    }
  }
}
