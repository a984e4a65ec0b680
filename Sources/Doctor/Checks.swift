import Foundation
import Kernels

/// The compiler that built this program, which is the one that builds the book. One that is too old
/// does not get as far as this.
var toolchain: Check {
  #if compiler(>=6.3)
    let version = "6.3 or newer"
  #else
    let version = "6.2"
  #endif
  return Check(subject: "toolchain", finding: "Swift \(version)")
}

var processor: Check {
  #if arch(x86_64)
    let levels = [2: "SSE", 3: "AVX2", 4: "AVX-512"]
    let has = levels[Processor.level]!
    let compiled = levels[Processor.compiledLevel]!
    let finding = "has \(has), the program is compiled for \(compiled)"
    if Processor.compiledLevel > Processor.level {
      return Check(
        subject: "processor", finding: finding, remedy: "build on this machine, or with MARCH set")
    }
    if Processor.compiledLevel < 3 {
      return Check(
        subject: "processor", finding: finding,
        remedy: Processor.level < 3
          ? "without fused multiply-adds every product is many times slower"
          : "unset MARCH, or set it to native or x86-64-v3")
    }
    return Check(subject: "processor", finding: finding)
  #else
    return Check(subject: "processor", finding: "not an x86-64")
  #endif
}

var threads: Check {
  let cores = ProcessInfo.processInfo.activeProcessorCount
  let finding = "\(Parallel.threads) on \(cores) cores"
  if Parallel.threads <= cores { return Check(subject: "threads", finding: finding) }
  return Check(
    subject: "threads", finding: finding,
    remedy: "more threads than cores only get in each other's way: unset ESPALIER_THREADS")
}

/// The chapters fit in four gigabytes.
var memory: Check {
  let gigabytes = Double(ProcessInfo.processInfo.physicalMemory) / Double(1 << 30)
  let finding = String(format: "%.1f GiB", gigabytes)
  if gigabytes >= 3.5 { return Check(subject: "memory", finding: finding) }
  return Check(
    subject: "memory", finding: finding, remedy: "the book needs a machine with four gigabytes")
}

var openBLAS: Check {
  var finding = "\(OpenBLAS.version), with the kernels for \(OpenBLAS.coreType)"
  if OpenBLAS.coreType != OpenBLAS.detectedCoreType {
    finding += ", corrected from \(OpenBLAS.detectedCoreType)"
  }
  if OpenBLAS.isCoreTypeSet { finding += ", as OPENBLAS_CORETYPE says" }
  guard let right = OpenBLAS.rightCoreType else {
    return Check(subject: "OpenBLAS", finding: finding)
  }
  if OpenBLAS.isCoreTypeSet {
    return Check(subject: "OpenBLAS", finding: finding + "; \(right) would be faster")
  }
  return Check(
    subject: "OpenBLAS", finding: finding,
    remedy: "this processor would be faster as \(right): install OpenBLAS 0.3.25 or newer")
}

/// Whether the lanes are anywhere near the yardstick: a wrong build is a hundred times slower.
var speed: Check {
  let lanes = gigaflops(.lanes)
  let openblas = gigaflops(.openblas)
  let finding = String(
    format: "%.0f GFLOP/s by lanes and %.0f by OpenBLAS, on one thread", lanes, openblas)
  if lanes > 0.5 * openblas { return Check(subject: "speed", finding: finding) }
  return Check(
    subject: "speed", finding: finding,
    remedy: "lanes should not be that slow: see whether the build has its optimisation flags")
}

/// The best of a few products of 512 × 512 matrices.
private func gigaflops(_ engine: Engine) -> Double {
  let width = 512
  let memory = [Float](repeating: 1, count: 2 * width * width)
  var result = [Float](repeating: 0, count: width * width)
  return memory.withUnsafeBufferPointer { memory in
    result.withUnsafeMutableBufferPointer { result in
      let a = Matrix(memory.baseAddress!, rows: width, columns: width)
      let b = Matrix(memory.baseAddress! + width * width, rows: width, columns: width)
      let c = Matrix(result.baseAddress!, rows: width, columns: width)
      let clock = ContinuousClock()
      return Parallel.$threads.withValue(1) {
        Engine.$current.withValue(engine) {
          let times = (0..<10).map { _ in clock.measure { multiply(a, b, into: c) } }
          let operations = 2 * Double(width * width * width)
          return operations / (times.min()! / Duration.nanoseconds(1))
        }
      }
    }
  }
}

func program(_ name: String, _ purpose: String, remedy: String) -> Check {
  let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
  let place = path.split(separator: ":").first {
    FileManager.default.isExecutableFile(atPath: "\($0)/\(name)")
  }
  if place != nil { return Check(subject: name, finding: "found, it \(purpose)") }
  return Check(subject: name, finding: "not on the PATH, it \(purpose)", remedy: remedy)
}
