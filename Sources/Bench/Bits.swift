import ArgumentParser
import Files
import Kernels
import Notebook

/// Hashes of what the kernels compute, for comparing builds.
struct Bits: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prints a hash of every kernel's results on fixed inputs.",
    discussion: """
      Two builds, or two numbers of threads, compute the same bits exactly when they print the \
      same lines:

        swift run bench bits > native.txt
        MARCH=x86-64-v3 swift run --scratch-path .build/x86-64-v3 bench bits > v3.txt
        diff native.txt v3.txt
      """)

  /// Every family of kernels, in a fixed order.
  static let kernels =
    productKernels + otherKernels + factorizationKernels + quantizationKernels

  func run() {
    for kernel in Bits.kernels {
      Terminal.write("\(kernel.name) \(String(kernel.hash(), radix: 16))")
    }
  }
}

/// A named computation, and the hash of all the floats that result.
struct HashedKernel: Sendable {
  let name: String
  let hash: @Sendable () -> UInt64
}

extension Floats {
  /// The hash of the bits of the floats.
  var hash: UInt64 {
    var hash = FNV()
    for i in 0..<count {
      for shift in [0, 8, 16, 24] as [UInt32] {
        hash.combine(UInt64(base[i].bitPattern >> shift & 0xff))
      }
    }
    return hash.state
  }
}
