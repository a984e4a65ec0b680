import Tensors

extension Tensor {
  /// A tensor whose elements `write` writes, all of them, before anyone else sees it.
  ///
  /// Its memory is from the pool of `Tensors`: an array in between would be fresh memory at each
  /// call, which for a prompt's activations costs more than the product.
  static func written(
    _ shape: Shape, by write: (UnsafeMutablePointer<Float>) -> Void
  ) -> Tensor {
    let tensor = Tensor(shape, repeating: 0)
    tensor.withFloats { floats in
      floats.withUnsafeBufferPointer { floats in
        if let base = floats.baseAddress { write(UnsafeMutablePointer(mutating: base)) }
      }
    }
    return tensor
  }
}
