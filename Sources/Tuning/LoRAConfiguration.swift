/// Which linear layers of a model an adapter stands beside, and how wide it is there: the options of
/// `peft`, under names of their own.
public struct LoRAConfiguration: Equatable, Sendable {
  /// The width of the bottleneck (`r`).
  public var rank: Int

  /// The strength: the update of a layer is multiplied by `alpha / rank`.
  public var alpha: Double

  /// Whether the update is multiplied by `alpha / √rank` instead, which keeps its size the same at
  /// any rank (rsLoRA: Kalajdzievski 2023, arXiv:2312.03732).
  public var isRankStabilized = false

  /// The share of the inputs of adapters that is set to zero while training; the others are enlarged
  /// to make up for it (Srivastava et al. 2014).
  public var dropout = 0.0

  public var targets: Targets

  /// Layers that are left alone though they are among the targets.
  public var excluded: [String] = []

  /// The rank of some layers, by the first name that fits.
  public var ranks: [Exception<Int>] = []

  /// The strength of some layers, by the first name that fits.
  public var alphas: [Exception<Double>] = []

  public enum Targets: Equatable, Sendable {
    /// Every linear layer but the output head.
    case allLinear

    /// The layers whose name is one of these, or ends with a dot and one of these: `q_proj` is the
    /// query layer of every block, `layers.0.self_attn.q_proj` that of the first.
    case modules([String])
  }

  /// What differs in the layers that `module` names, whole or by the end.
  public struct Exception<Value: Equatable & Sendable>: Equatable, Sendable {
    public var module: String
    public var value: Value

    public init(_ module: String, _ value: Value) {
      self.module = module
      self.value = value
    }
  }

  public init(rank: Int, alpha: Double, targets: Targets = .allLinear) {
    self.rank = rank
    self.alpha = alpha
    self.targets = targets
  }

  /// Whether the layer called `module` is adapted.
  public func adapts(_ module: String) -> Bool {
    if excluded.contains(where: { fits($0, module) }) { return false }
    return switch targets {
    case .allLinear: module != "lm_head"
    case .modules(let names): names.contains { fits($0, module) }
    }
  }

  /// The rank in the layer called `module`.
  public func rank(of module: String) -> Int {
    ranks.first { fits($0.module, module) }?.value ?? rank
  }

  /// The factor of the update in the layer called `module`.
  public func scale(of module: String) -> Float {
    let alpha = alphas.first { fits($0.module, module) }?.value ?? alpha
    let rank = Double(rank(of: module))
    return Float(alpha / (isRankStabilized ? rank.squareRoot() : rank))
  }

  /// What is wrong with it for a model with linear layers of these names, nil if it fits.
  func objection(among modules: [String]) -> String? {
    let all = [rank] + ranks.map(\.value)
    if let rank = all.first(where: { $0 < 1 || $0 > 1 << 16 }) {
      return "a rank of \(rank); it must be in 1...65536"
    }
    if !(0..<1).contains(dropout) { return "a dropout of \(dropout); it must be in 0..<1" }
    if let alpha = ([alpha] + alphas.map(\.value)).first(where: { !$0.isFinite }) {
      return "an alpha of \(alpha)"
    }
    if modules.contains(where: adapts) { return nil }
    let known = Set(modules.map { $0.split(separator: ".").last.map(String.init) ?? $0 })
    return "no linear layer is a target; there are: \(known.sorted().joined(separator: ", "))"
  }
}

/// Whether `name` is the whole or the end of `module`.
private func fits(_ name: String, _ module: String) -> Bool {
  module == name || module.hasSuffix(".\(name)")
}
