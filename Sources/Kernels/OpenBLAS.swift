import CLanes
import COpenBLAS
import Foundation

/// The engine `openblas`, and what can be said about the library behind it.
///
/// OpenBLAS carries kernels for many processors and chooses among them when it is loaded. An
/// older library does not know a newer processor: 0.3.21, as in Debian 12, takes recent Xeons for
/// a Prescott of 2004 and runs at a fifth of their speed. So the first use looks at its choice and,
/// if the processor can do better, has the library choose again; a choice that the user made with
/// `OPENBLAS_CORETYPE` stands.
public enum OpenBLAS {
  /// The processor whose kernels are in use, in the library's own names, such as `SkylakeX`.
  public static var coreType: String { choice.used }

  /// The processor that the library took this one for.
  public static var detectedCoreType: String { choice.detected }

  /// Whether the core type was chosen by the user with `OPENBLAS_CORETYPE`.
  public static var isCoreTypeSet: Bool { choice.isSet }

  /// The core type this processor deserves, or nil when any will do.
  public static var rightCoreType: String? {
    rightCoreType(for: Processor.level, instead: coreType)
  }

  /// The library's version, such as `0.3.21`.
  public static var version: String {
    let words = String(cString: openblas_get_config()).split(separator: " ")
    return words.count > 1 ? String(words[1]) : "unknown"
  }

  private struct Choice {
    let detected: String
    let used: String
    let isSet: Bool
  }

  private static let choice: Choice = {
    let detected = String(cString: openblas_get_corename())
    let isSet = !(ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"] ?? "").isEmpty
    if !isSet, let right = rightCoreType(for: Processor.level, instead: detected) {
      chooseAgain(right)
    }
    openblas_set_num_threads(1)
    return Choice(
      detected: detected, used: String(cString: openblas_get_corename()), isSet: isSet)
  }()

  /// The oldest core type with all the vector instructions of an x86-64 processor of `level`, or
  /// nil when `coreType` has them already.
  static func rightCoreType(for level: Int, instead coreType: String) -> String? {
    let wide = ["skylakex", "cooperlake", "sapphirerapids"]
    let narrow = ["haswell", "zen"]
    let name = coreType.lowercased()
    switch level {
    case 4 where !wide.contains(name): return "SkylakeX"
    case 3 where !(wide + narrow).contains(name): return "Haswell"
    default: return nil
    }
  }

  /// Has the library choose its kernels again, if it was built with more than one set.
  private static func chooseAgain(_ coreType: String) {
    typealias Function = @convention(c) () -> Void
    let program = dlopen(nil, RTLD_NOW)
    guard
      let quit = dlsym(program, "gotoblas_dynamic_quit"),
      let start = dlsym(program, "gotoblas_dynamic_init")
    else { return }
    setenv("OPENBLAS_CORETYPE", coreType, 1)
    unsafeBitCast(quit, to: Function.self)()
    unsafeBitCast(start, to: Function.self)()
    unsetenv("OPENBLAS_CORETYPE")
  }

  /// C = A·B or C += A·B, the rows of the result shared among our threads: the library's own
  /// stay at one, since ours are there already and its would fight them for the cores.
  static func multiply(_ a: Matrix, _ b: Matrix, into c: Matrix, accumulate: Bool) {
    if c.rows == 0 || c.columns == 0 { return }
    _ = choice
    let worthForking = c.rows * c.columns * a.columns >= 1 << 20
    let grain = worthForking ? 16 : c.rows
    parallel(over: c.rows, grain: grain, multiple: 16) { rows in
      multiplyRows(
        a[rows, 0..<a.columns], b, into: c[rows, 0..<c.columns], accumulate: accumulate)
    }
  }

  private static func multiplyRows(
    _ a: Matrix, _ b: Matrix, into c: Matrix, accumulate: Bool
  ) {
    cblas_sgemm(
      CblasRowMajor, a.isTransposed ? CblasTrans : CblasNoTrans,
      b.isTransposed ? CblasTrans : CblasNoTrans, Int32(c.rows), Int32(c.columns),
      Int32(a.columns), 1, a.base, Int32(max(1, a.stride)), b.base, Int32(max(1, b.stride)),
      accumulate ? 1 : 0, c.base, Int32(c.stride))
  }
}
