import Testing

@testable import Notebook

@Suite struct KnobsTests {
  @Test func unsetAndEmptyVariablesAreTheBook() throws {
    #expect(try Knobs(environment: [:]).areThoseOfTheBook)
    #expect(try Knobs(environment: ["SIZE": "", "SEED": "", "ESPALIER_ENGINE": ""]) == Knobs())
  }

  @Test func knobsAreRead() throws {
    let knobs = try Knobs(
      environment: ["SIZE": "tiny", "SEED": "7", "ESPALIER_ENGINE": "openblas"])
    #expect(knobs.size == .tiny && knobs.seed == 7 && knobs.engine == "openblas")
    #expect(!knobs.areThoseOfTheBook)
    #expect(knobs.description == "SIZE=tiny SEED=7 ESPALIER_ENGINE=openblas")
  }

  @Test(arguments: [
    ("SIZE", "huge"), ("SEED", "-1"), ("SEED", "1.5"), ("SEED", "abc"),
    ("ESPALIER_ENGINE", "gpu"), ("ESPALIER_THREADS", "0"), ("ESPALIER_THREADS", "two"),
    ("ESPALIER_THREADS", "1000000"),
  ])
  func nonsenseIsRefusedByName(variable: String, value: String) {
    let error = #expect(throws: KnobError.self) { try Knobs(environment: [variable: value]) }
    #expect(error?.message.hasPrefix("\(variable)=\(value) is not ") == true)
    #expect(error?.message.contains("\n") == false)
  }

  @Test func sizesPickTheirOwnValue() {
    #expect(Size.allCases.map { $0.pick(tiny: 1, book: 2, large: 3) } == [1, 2, 3])
  }
}
