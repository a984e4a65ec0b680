extension Tensor {
  func attended(keys: Tensor, values: Tensor, sequences: Int) -> Tensor { self }
}
