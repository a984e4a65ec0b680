import Kernels

extension Tensor {
  /// `make(0)` … `make(count - 1)`, none of which needs another, each on one thread; or one after
  /// the other while a tape records, because a tape has one order.
  ///
  /// For many operations too small to be shared among threads one by one: the threads wait for each
  /// other once and not at each of them.
  public static func sideBySide(_ count: Int, _ make: (Int) -> Tensor) -> [Tensor] {
    if Tape.current != nil { return (0..<count).map(make) }
    return [Tensor](unsafeUninitializedCapacity: count) { tensors, made in
      if let base = tensors.baseAddress {
        parallel(count) { (base + $0).initialize(to: make($0)) }
      }
      made = count
    }
  }
}
