/// Why a mixture of experts cannot be built, or could not learn, on one line.
public struct MixtureError: Error, Equatable, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}

extension MixtureConfiguration {
  /// Refuses what cannot be computed, and what could be but would not learn.
  public func validate() throws(MixtureError) {
    func check(_ condition: Bool, _ problem: @autoclosure () -> String) throws(MixtureError) {
      if !condition { throw MixtureError(problem()) }
    }
    try check(experts >= 1, "there must be an expert at least, not \(experts)")
    try check(
      (1...experts).contains(expertsPerToken),
      "a token cannot be sent to \(expertsPerToken) of \(experts) experts")
    try check(expertWidth >= 1, "an expert cannot have an inner width of \(expertWidth)")
    try check(
      shared.map { $0.width >= 1 } ?? true,
      "the shared expert cannot have an inner width of \(shared?.width ?? 0)")
    try check(interval >= 1, "every \(interval)-th layer cannot be a mixture")
    try check(
      scale.isFinite && scale != 0, "a factor of \(scale) on the scores leaves nothing to learn")
    try check(noise >= 0 && noise.isFinite, "noise cannot have a deviation of \(noise)")
    try check(
      capacity.map { $0 > 0 && $0.isFinite } ?? true,
      "experts cannot have a capacity of \(capacity ?? 0)")
    try check(
      selection == .topK || (capacity == nil && !hasSelectionBias && noise == 0),
      "capacity, selection bias and noise are for selection topK, not \(selection)")
    try check(
      selection != .expertChoice || (order == .scoreThenSelect && !renormalizes),
      "experts choose by their scores over all experts, so with selection expertChoice score "
        + "before selecting and do not renormalise")
    guard hasRouter else { return }
    try check(
      !(renormalizes && expertsPerToken == 1),
      "with one expert per token a renormalised score is always 1, so the router would get no "
        + "gradient; switch renormalisation off or take two experts")
    try check(
      !(score == .softmax && order == .selectThenScore && expertsPerToken == 1),
      "the softmax over a single selected expert is always 1, so the router would get no gradient; "
        + "score before selecting, take a sigmoid, or take two experts")
    try check(
      !(score == .softmax && experts == 1),
      "the softmax over a single expert is always 1, so the router would get no gradient; "
        + "that is a dense layer")
  }
}
