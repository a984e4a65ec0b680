import Curriculum
import Text
import Transformer

extension [Step] {
  /// Every fifth elementary step.
  public static var examined: [Step] { Step.elementary.everyNth(5) }

  /// How many of the results a model knows when it is asked greedily: `17-8=`, and what comes?
  public func known(by model: Transformer, _ tokenizer: BytePairs) -> Int {
    let results = Writer(model, sampling: .greedy, limit: 1)(map { tokenizer.encode($0.question) })
    return zip(self, results).count { tokenizer.decode($1.tokens) == "\($0.result)" }
  }
}

extension Array {
  func everyNth(_ n: Int) -> Array { stride(from: 0, to: count, by: n).map { self[$0] } }
}
