import Factorizations

/// What a change of a layer's weights does to its outputs: `‖(W − W') X‖²_F = tr((W − W') H (W − W')ᵀ)`
/// with `H = X Xᵀ`. Every technique of these chapters that looks at data makes this small.
///
/// - Parameters:
///   - original: `W`, `[out, in]`.
///   - changed: `W'`, of the same shape.
///   - gram: `H`, `[in, in]`.
public func layerLoss(
  _ original: DoubleMatrix, _ changed: DoubleMatrix, gram: DoubleMatrix
) -> Double {
  let difference = original - changed
  return quadraticForm(difference, gram)
}

/// The same as a share of the outputs themselves, `‖W X‖²_F`.
public func relativeLayerLoss(
  _ original: DoubleMatrix, _ changed: DoubleMatrix, gram: DoubleMatrix
) -> Double {
  layerLoss(original, changed, gram: gram) / quadraticForm(original, gram)
}

/// `tr(A H Aᵀ)`
private func quadraticForm(_ a: DoubleMatrix, _ gram: DoubleMatrix) -> Double {
  zip(a.product(with: gram).elements, a.elements).reduce(0) { $0.addingProduct($1.0, $1.1) }
}
