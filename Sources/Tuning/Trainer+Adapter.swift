import Training

extension Trainer {
  /// A trainer that teaches an adapter and leaves its base as it is.
  ///
  /// A saved state holds the adapter alone. It is continued only with an equal configuration and
  /// seed, beside a base with the same weights.
  public convenience init(
    _ adapter: Adapter, _ options: Options, hooks: Hooks? = nil, heldOut: [Example] = [],
    batch: @escaping (_ step: Int) throws -> [Example]
  ) {
    var options = options
    options.data["adapter"] = "\(adapter.configuration)"
    options.data["seed of the adapter"] = "\(adapter.seed)"
    options.data["base"] = adapter.baseFingerprint
    self.init(
      adapter.model, options, parameters: adapter.parameters, hooks: hooks, heldOut: heldOut,
      batch: batch)
  }
}
