/// How much is done for a compression.
public struct Effort: Hashable, Sendable {
  /// How many texts are looked at.
  public var calibrationTexts = 256

  /// How many steps a model is healed for, and how many texts are learned at each.
  public var healingSteps = 200
  public var textsAtOnce = 32

  public init() {}
}
