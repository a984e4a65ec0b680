extension Tensor {
  /// The same values under another shape of equally many elements. Nothing is copied, and the
  /// gradient flows back under the old shape.
  public func reshaped(to shape: Shape) -> Tensor {
    require(
      shape.count == self.shape.count,
      "reshaped: \(self.shape) has \(self.shape.count) elements and \(shape) has \(shape.count)")
    return Tensor(shape, storage).recorded(from: self) { dy in
      receive(Tensor(self.shape, dy.storage))
    }
  }
}
