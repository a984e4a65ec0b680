/// What computes a matrix product.
public enum Engine: String, CaseIterable, Sendable {
  /// The kernels of this package: the same bits everywhere.
  case lanes
  /// The system's OpenBLAS: the yardstick, and an oracle of the tests.
  case openblas

  /// The engine in use: `ESPALIER_ENGINE`, or `lanes`. A task local, so that a test can compare
  /// engines: `Engine.$current.withValue(.openblas) { … }`.
  @TaskLocal public static var current = setting("ESPALIER_ENGINE", or: .lanes, parse: parse)

  static func parse(_ value: String) throws(SettingError) -> Engine {
    if let engine = Engine(rawValue: value) { return engine }
    throw SettingError(
      variable: "ESPALIER_ENGINE", value: value,
      remedy: "set it to 'lanes' or 'openblas', or unset it for 'lanes'")
  }
}
