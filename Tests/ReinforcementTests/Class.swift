import Kernels
import Reinforcement
import Tensors
import Text
import Transformer

/// A task for tests: say the letter of the prompt, and stop.
struct Echo: Exercise, Equatable {
  let letter: Character
  var prompt: String { "say \(letter):" }
}

/// A tiny model, its tokenizer, and something to learn.
enum Class {
  static let tokenizer = CharacterTokenizer(
    of: "", addedTokens: [AddedToken("<|end|>")], roles: Pipeline.Roles(end: "<|end|>"))

  static let end = tokenizer.end!

  static func model(seed: UInt64 = 2) -> Transformer {
    Transformer(
      Configuration(
        vocabulary: tokenizer.vocabularyCount, width: 16, layers: 2, heads: 2, keyValueHeads: 1,
        feedForwardWidth: 24, context: 40),
      seed: seed)
  }

  static let exercises = "abcdefgh".map(Echo.init)

  /// Paid for each small letter, most for the right one: random texts differ in it.
  static let reward = ScoredReward<Echo>("letters") { text, echo in
    let letters = text.unicodeScalars.count { ("a"..."z").contains($0) }
    return Double(letters) / 8 + (text.first == echo.letter ? 1 : 0)
  }

  static func weights(_ model: Transformer) -> [Float] {
    model.parameters.all.flatMap { $0.tensor.floats }
  }
}
