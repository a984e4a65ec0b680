import Testing

@testable import Kernels

@Suite struct GatherTests {
  @Test(arguments: [1, 15, 16, 100, 300]) func gathersAndScattersRows(_ width: Int) {
    let (entries, count) = (50, 700)
    let table = normals(entries * width)
    var generator = Generator(seed: 9)
    let indices = (0..<count).map { _ in Int32(generator.uniform(below: entries)) }
    let y = onAnyThreads {
      var y = [Float](repeating: 0, count: count * width)
      gatherRows(
        table, indices: indices, into: &y, count: count, entries: entries, width: width)
      return y
    }
    let dtable = onAnyThreads {
      var dtable = table
      scatterAddRows(
        y, indices: indices, to: &dtable, count: count, entries: entries, width: width)
      return dtable
    }
    var expected = table
    for row in 0..<count {
      for column in 0..<width {
        #expect(y[row * width + column] == table[Int(indices[row]) * width + column])
        expected[Int(indices[row]) * width + column] += y[row * width + column]
      }
    }
    #expect(bits(dtable) == bits(expected))
  }
}
