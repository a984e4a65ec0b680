import Finishing
import Foundation
import Pretraining
import Scratch
import Transformer

/// A finished model of small layers with random weights, and texts of random tokens.
func smallFinishedModel(layers: Int = 2, units: Int = 48) throws -> FinishedModel {
  let tokenizer = BaseModel.tokenizer(seed: 1)
  let model = Transformer(
    Configuration(
      vocabulary: tokenizer.vocabularyCount, width: 32, layers: layers, heads: 2,
      feedForwardWidth: units,
      context: 384),
    seed: 3)
  func texts(_ count: Int, from start: Int) -> String {
    let texts = (start..<start + count).map { text in
      let tokens = (0..<24).map { (text * 31 + $0 * $0 * 7) % 100 }
      return #"{"tokens": \#(tokens), "given": 4}"#
    }
    return "[" + texts.joined(separator: ",") + "]"
  }
  let written =
    #"{"practised": \#(texts(12, from: 0)), "validation": \#(texts(4, from: 50)), "#
    + #""heldOut": \#(texts(4, from: 90))}"#
  var finished: FinishedModel?
  try inTemporaryFolder { folder in
    try Checkpoint(model, ends: [tokenizer.end!]).write(to: folder)
    try tokenizer.save(to: folder)
    try Data(written.utf8).write(to: folder.appending(path: "texts.json"))
    finished = try FinishedModel(contentsOf: folder)
  }
  return finished!
}
