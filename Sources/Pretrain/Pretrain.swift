import ArgumentParser
import Foundation
import Programs
import Text
import Training
import Transformer

/// Trains a model such as chapter 2's on a text of the reader's own.
@main struct Pretrain: Program {
  static let configuration = CommandConfiguration(
    commandName: "pretrain",
    abstract: "Trains a language model from nothing on a text of your own.",
    discussion: """
      The text is one file of UTF-8, of any size: it is read piece by piece and never held in \
      memory. A tokenizer is trained on its beginning, the model on most of it, and its end is held \
      out, to see how well the model predicts text that it has not met. A line \
      <|endoftext|> between documents becomes the token that ends a text.

      FOLDER becomes a checkpoint in Hugging Face's form, which loads in transformers: config.json, \
      model.safetensors, tokenizer.json. Beside them are metrics.jsonl, with a line for each step, \
      and state.safetensors, the state of the run. After Ctrl-C, or a power cut, the same command \
      goes on from there, and ends with the same bits as if it had never stopped.

      Examples:
        swift run pretrain --corpus novels.txt --out novels
        swift run pretrain --corpus novels.txt --out small --width 64 --layers 2 --steps 300
      """)

  @Option(help: ArgumentHelp("The text: a file of UTF-8.", valueName: "file"))
  var corpus: String

  @Option(help: ArgumentHelp("Where the model goes; made if missing.", valueName: "folder"))
  var out: String

  @Option(help: "How many batches to learn from.")
  var steps = 1000

  @Option(help: "The size of the vector that stands for a token, a multiple of 32.")
  var width = 128

  @Option(help: "How many layers the model has.")
  var layers = 4

  @Option(help: "How many tokens the model sees at most.")
  var context = 256

  @Option(help: "How many passages of that length are learned from at a step.")
  var batch = 16

  @Option(help: "The peak learning rate.")
  var learningRate = 3e-3

  @Option(help: "How the text is cut into tokens: bpe, characters or bytes.")
  var tokenizer = TokenizerKind.bpe

  @Option(help: "How many different tokens bpe makes.")
  var vocabulary = 1024

  @Option(help: "The share of the text that is held out, its end.")
  var heldOut = 0.05

  @Option(help: "After how many steps the held-out text is looked at.")
  var evaluateEvery = 100

  @Option(help: "After how many steps the state of the run is saved.")
  var saveEvery = 100

  @Option(help: "The seed of the first weights, the batches and the sample.")
  var seed: UInt64 = 1

  func validate() throws {
    try check("--steps", steps, in: 1...1 << 40)
    try check("--width", width, in: 32...1 << 16)
    try check("--layers", layers, in: 1...1 << 10)
    try check("--context", context, in: 2...1 << 16)
    try check("--batch", batch, in: 1...1 << 16)
    try check("--vocabulary", vocabulary, in: 257...1 << 20)
    try check("--evaluate-every", evaluateEvery, in: 1...1 << 40)
    try check("--save-every", saveEvery, in: 1...1 << 40)
    try check("--learning-rate", learningRate, in: 1e-9...1)
    try check("--held-out", heldOut, in: 0.0001...0.5)
    for (name, path) in [("--corpus", corpus), ("--out", out)] {
      if path.isEmpty { throw ValidationError("\(name) is empty; give it a name") }
      if path.contains("\u{FFFD}") {
        throw ValidationError("\(name) \(path) is not UTF-8; give it another name")
      }
    }
    guard width % 32 == 0 else {
      throw ValidationError("--width \(width) is not a multiple of 32, the width of a head")
    }
  }

  func run() throws { try PretrainingRun(self).run() }
}

enum TokenizerKind: String, ExpressibleByArgument, CaseIterable {
  case bpe, characters, bytes

  static let endOfText = "<|endoftext|>"

  /// A tokenizer of this kind that has learned from `sample`.
  func tokenizer(learnedFrom sample: [String], vocabulary: Int) -> any Tokenizer {
    let added: [AddedToken] = [AddedToken(Self.endOfText)]
    let roles = Pipeline.Roles(end: Self.endOfText)
    return switch self {
    case .bpe:
      BytePairs.train(
        on: sample, vocabulary: vocabulary, splitting: .llama3, addedTokens: added, roles: roles)
    case .characters:
      CharacterTokenizer(of: sample.joined(), addedTokens: added, roles: roles)
    case .bytes: CharacterTokenizer(of: "", addedTokens: added, roles: roles)
    }
  }
}
