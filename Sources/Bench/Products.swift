import ArgumentParser
import Foundation
import Kernels
import Programs

/// The matrix products of training and decoding a small model, against OpenBLAS.
struct Products: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Matrix products against OpenBLAS, in GFLOP/s.",
    discussion: """
      A product [m, k] × [k, n] is named kind-m×n×k. Kinds: sq square, fwd a layer forward \
      (x·Wᵀ), dX and dW its gradients, dec decoding (x·Wᵀ with few rows). The packing of the \
      operands is part of the time, except of dec, whose weights are packed once; the same with \
      the packing, dec-…-unpacked, does not enter the summary. At two threads the reference is \
      the faster of OpenBLAS's own two threads and OpenBLAS on one for each half of the rows.
      """)

  @Option(help: "Only the products whose name contains this.")
  var filter = ""

  @Option(help: "How often the alternatives take turns; the medians are over these rounds.")
  var rounds = 9

  @Option(help: "Only with this many threads, 1 or 2.")
  var threads: Int?

  func validate() throws {
    if let threads, !threadCounts.contains(threads) {
      let counts = threadCounts.map(String.init).joined(separator: " or ")
      throw ValidationError("--threads is \(threads): there can be \(counts)")
    }
    try check("--rounds", rounds, in: 1...mostRounds)
    if selected.isEmpty {
      let names = Product.all.map(\.name).joined(separator: " ")
      throw ValidationError("no product's name contains '\(filter)'; the names are \(names)")
    }
  }

  private var selected: [Product] {
    Product.all.filter { filter.isEmpty || $0.name.contains(filter) }
  }

  func run() {
    Yardstick.prepare()
    for threads in threads.map({ [$0] }) ?? threadCounts {
      Parallel.$threads.withValue(threads) {
        let ratios = selected.map { measure($0, threads) }
        let mean = exp(ratios.map { log($0) }.reduce(0, +) / Double(ratios.count))
        Line(name: "products.mean", value: mean, unit: "× OpenBLAS, geometric mean").print()
        Line(name: "products.least", value: ratios.min()!, unit: "× OpenBLAS").print()
      }
    }
  }

  /// Prints the product's lines and returns the ratio that enters the summary.
  private func measure(_ product: Product, _ threads: Int) -> Double {
    let memory = (
      a: Floats(product.m * product.k, seed: 2), b: Floats(product.k * product.n, seed: 3),
      c: Floats(product.m * product.n)
    )
    let a = product.left(memory.a)
    let b = product.right(memory.b)
    let c = Matrix(memory.c.base, rows: product.m, columns: product.n)
    let packed = PackedMatrix(b)
    var alternatives = [
      { multiply(a, b, into: c) },
      { Yardstick.multiply(a, b, into: c, threads: threads) },
    ]
    if threads > 1 {
      alternatives.append { Yardstick.multiplyInShares(a, b, into: c, threads: threads) }
    }
    if product.isPacked { alternatives.append { multiply(a, packed, into: c) } }
    let speeds = withExtendedLifetime(memory) {
      medians(rounds: rounds, settling: threads > 1 ? 0.03 : 0.002, alternatives)
        .map { 2e-9 * Double(product.m * product.n * product.k) / $0 }
    }
    var reference = (name: "OpenBLAS", value: speeds[1])
    if threads > 1 {
      reference =
        speeds[1] > speeds[2]
        ? ("OpenBLAS, its own threads", speeds[1]) : ("OpenBLAS, rows shared", speeds[2])
    }
    let name = "products.\(product.name)"
    if product.isPacked {
      Line(name: name + "-unpacked", value: speeds[0], unit: "GFLOP/s", reference: reference)
        .print()
    }
    let value = product.isPacked ? speeds.last! : speeds[0]
    Line(name: name, value: value, unit: "GFLOP/s", reference: reference).print()
    return value / reference.value
  }
}

private struct Product {
  let kind: String
  let m: Int
  let n: Int
  let k: Int

  init(_ kind: String, _ m: Int, _ n: Int, _ k: Int) {
    self.kind = kind
    self.m = m
    self.n = n
    self.k = k
  }

  var name: String { "\(kind)-\(m)×\(n)×\(k)" }

  var isPacked: Bool { kind == "dec" }

  /// `[m, k]`; of a weight's gradient the transpose of a batch of activations.
  func left(_ floats: Floats) -> Matrix {
    kind == "dW"
      ? Matrix(floats.base, rows: k, columns: m).transposed
      : Matrix(floats.base, rows: m, columns: k)
  }

  /// `[k, n]`; forward the transpose of a weight.
  func right(_ floats: Floats) -> Matrix {
    kind == "fwd" || kind == "dec"
      ? Matrix(floats.base, rows: n, columns: k).transposed
      : Matrix(floats.base, rows: k, columns: n)
  }

  static let all = [
    Product("sq", 256, 256, 256), Product("sq", 512, 512, 512), Product("sq", 1024, 1024, 1024),
    Product("fwd", 4096, 384, 128), Product("fwd", 4096, 512, 128),
    Product("fwd", 4096, 128, 512), Product("fwd", 4096, 1024, 256),
    Product("fwd", 4096, 256, 1024), Product("fwd", 2048, 1024, 512),
    Product("fwd", 2048, 512, 1024), Product("dX", 4096, 128, 384),
    Product("dX", 4096, 256, 1024), Product("dW", 384, 128, 4096),
    Product("dW", 1024, 256, 4096), Product("dec", 1, 1024, 256), Product("dec", 8, 1024, 256),
    Product("dec", 64, 1024, 256),
  ]
}
