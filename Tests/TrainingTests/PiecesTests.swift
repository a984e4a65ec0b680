import Testing
import Training

@Suite struct PiecesTests {
  @Test func `pieces hold as much as they may, and never nothing`() {
    let lengths = [3, 4, 3, 12, 1, 1, 9]
    let pieces = lengths.pieces(ofAtMost: 10) { $0 }
    #expect(pieces.map(Array.init) == [[3, 4, 3], [12], [1, 1], [9]])
    #expect(
      lengths[2...].pieces(ofAtMost: 10) { $0 }.map(\.indices) == [2..<3, 3..<4, 4..<6, 6..<7])
    #expect([Int]().pieces(ofAtMost: 10) { $0 }.isEmpty)
  }
}
