import Curriculum
import Text
import Transformer

extension BaseModel {
  /// Lets the model solve each problem `count` times.
  ///
  /// - Returns: for each problem what it wrote, without the token that ends a text.
  public func solve(
    _ problems: [Problem], count: Int = 1, sampling: Sampling = Sampling(), seed: UInt64 = 1
  ) -> [[String]] {
    let prompts = problems.flatMap { problem in
      Array(repeating: tokenizer.encode(problem.prompt), count: count)
    }
    let writer = Writer(
      model, sampling: sampling, seed: seed, limit: 240,
      stopTokens: [tokenizer.token(of: BaseModel.endOfText)!])
    let texts = writer(prompts).map { completion in
      tokenizer.decode(
        completion.ending == .stop ? completion.tokens.dropLast() : completion.tokens)
    }
    return problems.indices.map { Array(texts[$0 * count..<($0 + 1) * count]) }
  }
}
