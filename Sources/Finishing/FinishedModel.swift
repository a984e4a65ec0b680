import Courses
import Curriculum
import Files
import Foundation
import Pretraining
import Reinforcement
import Text
import Training
import Transformer

/// The model that is to be shipped: the base model, taught by reward, in one set of weights, with texts
/// that it has written itself.
///
/// What a compressed model should still be able to say is what this one says. So its own texts are what
/// the compressions look at, and what they are compared on; no labels are needed.
public struct FinishedModel {
  public let model: Transformer
  public let tokenizer: BytePairs

  /// Its texts about problems that it has practised: to calibrate on, and to heal with.
  public let texts: [Example]

  /// Its texts about validation problems, by which something may be chosen.
  public let validation: [Example]

  /// Its texts about held-out problems, of which nothing is chosen.
  public let heldOut: [Example]

  /// How many texts of each kind it writes.
  public struct Amount: Hashable, Sendable {
    public var texts = 2048
    public var validation = 128
    public var heldOut = 128

    public init() {}
  }

  /// Makes the finished model of `model` and leaves it in `folder`.
  ///
  /// - Parameter practised: the problems of its course.
  public static func make(
    in folder: URL, _ model: Transformer, _ tokenizer: BytePairs, practised: [Problem],
    _ amount: Amount
  ) throws {
    func texts(_ exam: Exam, _ count: Int) -> [Text] {
      let problems = exam.problems(count, of: practised)
      return RolloutRecipe(limit: Course.limit).write(
        model, tokenizer, prompts: problems.map { tokenizer.encode($0.prompt) },
        count: (count + problems.count - 1) / problems.count, ends: [tokenizer.end!], seed: 0xf1a1
      ).joined().prefix(count).map { Text(tokens: $0.prompt + $0.tokens, given: $0.prompt.count) }
    }
    try BaseModel(tokenizer: tokenizer, model: model).write(to: folder)
    let written = Texts(
      practised: texts(.practised, amount.texts), validation: texts(.validation, amount.validation),
      heldOut: texts(.heldOut, amount.heldOut))
    try AtomicFile.write(JSONEncoder().encode(written), to: folder.appending(path: textsFile))
  }

  /// The finished model in `folder`.
  public init(contentsOf folder: URL) throws {
    let base = try BaseModel(contentsOf: folder)
    (model, tokenizer) = (base.model, base.tokenizer)
    let file = folder.appending(path: Self.textsFile)
    let written = try JSONDecoder().decode(Texts.self, from: Data(contentsOf: file))
    texts = written.practised.map(\.example)
    validation = written.validation.map(\.example)
    heldOut = written.heldOut.map(\.example)
  }

  /// The `count` texts of a step, counted from 0: one after the other, from the first again after the
  /// last.
  public func batch(_ step: Int, of count: Int) -> [Example] {
    (step * count..<(step + 1) * count).map { texts[$0 % texts.count] }
  }

  /// The token that ends a text.
  public var end: Int32 { tokenizer.end! }

  private static let textsFile = "texts.json"
}

private struct Texts: Codable {
  let practised, validation, heldOut: [Text]
}

private struct Text: Codable {
  let tokens: [Int32]
  let given: Int

  var example: Example { Example(tokens, given: given) }
}

extension Example {
  /// What is given of it.
  public var prompt: [Int32] { Array(tokens.prefix(given)) }
}
