import Foundation
import Kernels
import Scratch
import Tensors
import Transformer

@testable import GGUF

extension Scratch {
  /// A file of this folder.
  func file(_ name: String = "model.gguf") -> URL { url.appending(path: name) }
}

/// A file that `Tests/Oracles/gguf_format.py` wrote.
func fixture(_ name: String) -> URL {
  URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../Oracles/Fixtures/gguf/\(name)").standardizedFileURL
}

func bits(_ x: [Float]) -> [UInt32] { x.map(\.bitPattern) }

func configuration(_ family: Configuration.Family, tied: Bool = true) -> Configuration {
  var configuration = Configuration(
    family: family, vocabulary: 48, width: 64, layers: 2, heads: 4, keyValueHeads: 2,
    feedForwardWidth: 96, context: 64)
  configuration.tiesEmbeddings = tied
  configuration.rotaryBase = 1000
  configuration.epsilon = 1e-6
  return configuration
}

/// A model whose norms and biases are not at their trivial start.
func model(_ configuration: Configuration) -> Transformer {
  let model = Transformer(configuration, seed: 3)
  var generator = Generator(seed: 30)
  for parameter in model.parameters.all {
    parameter.set(parameter.tensor + Tensor(parameter.shape, normal: 0.05, from: &generator))
  }
  return model
}

let passage = Passage([3, 1, 4, 1, 5, 9, 2, 6, 5, 3], lengths: [10])
