import Tensors

extension Routing {
  /// The balancing loss of the Switch Transformer, `E Σₑ fₑ Pₑ`, a scalar: the share `fₑ` of the
  /// choices that went to expert e, times the mean probability `Pₑ` that the router gave it, summed
  /// over the E experts (Fedus et al. 2021, arXiv:2101.03961, eq. 4, with f over all k choices).
  ///
  /// It is 1 if either is even, and more where both agree on favourites. The shares count choices and
  /// have no gradient; they are the slopes by which the probabilities of crowded experts go down.
  ///
  /// This is the loss of one layer. Other code multiplies it by k, sums it over layers, or pools
  /// the counts of all layers, so that opposite imbalances cancel; a coefficient is only
  /// comparable with what it multiplies. Nil if the router does not learn.
  public func balanceLoss() -> Tensor? {
    guard let probabilities else { return nil }
    let load = load
    let total = Float(max(1, load.reduce(0, +)))
    let shares = Tensor([1, experts], load.map { Float($0) / total })
    // E Σₑ fₑ (1/N Σₜ pₜₑ) = E/N Σₜ Σₑ fₑ pₜₑ
    return probabilities.projected(by: shares).mean().scaled(by: Float(experts))
  }

  /// The router z-loss, the mean of `(ln Σₑ exp logit)²`, a scalar: it keeps logits small, whose
  /// rounding errors a softmax would blow up (Zoph et al. 2022, arXiv:2202.08906, eq. 5). Nil if the
  /// router does not learn.
  public func routerZLoss() -> Tensor? {
    logits.map {
      let logSums = $0.logSumExp()
      return (logSums * logSums).mean()
    }
  }
}
