import Testing

@testable import Notebook

@Suite struct TableTests {
  private func table(_ rows: [[any CustomStringConvertible]]) -> Table {
    Table(caption: "Ways", columns: ["way", "n", "error"], values: rows, isMeasured: false)
  }

  @Test func columnsOfNumbersShareTheirDecimals() {
    let table = table([["naive", 3, 0.125], ["blocked", 12, Float(11.5)]])
    #expect(table.rows == [["naive", "3", "0.125"], ["blocked", "12", "11.500"]])
    #expect(table.isNumeric == [false, true, true])
  }

  @Test func columnsOfWideRangeKeepTheirDigits() {
    let table = table([["a", 1, 1e-9 / 3], ["b", 2, 1e6]])
    #expect(table.rows.map { $0[2] } == ["3.333e-10", "1000000.0"])
  }

  @Test func terminalTextAlignsNumbersOnTheRight() {
    let text = table([["naive", 3, 0.125], ["blocked", 12, 1.5]]).terminalText
    #expect(
      text == """
        Ways
        way       n  error
        ──────────────────
        naive     3  0.125
        blocked  12  1.500
        """)
  }

  @Test func emptyTablesAreNotNumeric() {
    #expect(table([]).isNumeric == [false, false, false])
  }
}
