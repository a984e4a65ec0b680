import Foundation
import Testing

@testable import Kernels

@Suite struct EngineTests {
  @Test(arguments: Engine.allCases)
  func aNameIsRead(_ engine: Engine) throws {
    #expect(try Engine.parse(engine.rawValue) == engine)
  }

  @Test(arguments: ["", "Lanes", "blas"])
  func aNameThatIsNoneIsRefused(_ value: String) {
    let error = #expect(throws: SettingError.self) { try Engine.parse(value) }
    #expect(
      error?.description == "ESPALIER_ENGINE is '\(value)': set it to 'lanes' or 'openblas', "
        + "or unset it for 'lanes'")
  }

  @Test func anEmptyVariableIsLikeNone() async {
    await #expect(processExitsWith: .success) {
      setenv("ESPALIER_ENGINE", "", 1)
      setenv("ESPALIER_THREADS", "", 1)
      exit(Engine.current == .lanes && Parallel.threads > 0 ? 0 : 1)
    }
  }

  @Test func anUnknownEngineEndsTheProgram() async {
    await #expect(processExitsWith: .exitCode(64)) {
      setenv("ESPALIER_ENGINE", "abacus", 1)
      _ = Engine.current
    }
  }
}
