/// Llama 3's way to read contexts longer than it was trained on (`rope_type: llama3`).
///
/// Fast pairs, which tell neighbours apart, are left alone; slow pairs, whose wavelength exceeds
/// the training context, turn `factor` times slower; between the two the change is gradual.
public struct RotaryScaling: Equatable, Sendable {
  public var factor: Double

  /// A wavelength above `originalContext / lowFrequencyFactor` is slow.
  public var lowFrequencyFactor: Double

  /// A wavelength below `originalContext / highFrequencyFactor` is fast.
  public var highFrequencyFactor: Double

  /// The context that the model was trained on, in tokens.
  public var originalContext: Int

  public init(
    factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double, originalContext: Int
  ) {
    self.factor = factor
    self.lowFrequencyFactor = lowFrequencyFactor
    self.highFrequencyFactor = highFrequencyFactor
    self.originalContext = originalContext
  }

  /// The stretched frequencies, in radians a token.
  public func stretched(_ frequencies: [Double]) -> [Double] {
    frequencies.map { frequency in
      let wavelength = 2 * Double.pi / frequency
      let turns = Double(originalContext) / wavelength
      // Llama 4 sets both factors to 1: then the band between them is empty.
      if turns > highFrequencyFactor { return frequency }
      if turns < lowFrequencyFactor || highFrequencyFactor == lowFrequencyFactor {
        return frequency / factor
      }
      let blend = (turns - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor)
      return (1 - blend) * frequency / factor + blend * frequency
    }
  }
}
