import ArgumentParser
import Foundation
import Programs

@main struct Bench: Program {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measures the kernels, next to a yardstick where there is one.",
    discussion: """
      Prints one JSON object a line: name, value and unit; reference, reference_value and ratio \
      where there is a yardstick, measured in turn with the kernel in the same run; and the \
      engine, the threads and the core type OpenBLAS runs as. A ratio above one is in the \
      kernel's favour unless the unit is a time: there, less is better.

      Without a suite every suite runs, except 'bits', and 'reinforce', which needs a model. \
      ESPALIER_THREADS bounds the threads that are tried. The yardstick always gets its best core \
      type, whatever OPENBLAS_CORETYPE says.

      Examples:
        swift run bench
        swift run bench products --filter fwd
        swift run bench forkjoin
      """,
    subcommands: [
      Products.self, ForkJoin.self, Bandwidth.self, Elementwise.self, Attention.self, Train.self,
      Mixture.self, Quantized.self, Generate.self, Reinforce.self, Bits.self,
    ])

  func run() throws {
    for suite in Bench.configuration.subcommands
    where suite != Bits.self && suite != Reinforce.self {
      var suite = try suite.parseAsRoot([])
      try suite.run()
    }
  }
}
