import Testing

@testable import Kernels

@Suite struct GeneratorTests {
  /// The known answers published with the Random123 library (`kat_vectors`, philox4x32 10).
  @Test func philoxGivesThePublishedNumbers() {
    let zeros = philox(counter: (0, 0, 0, 0), key: 0)
    #expect(zeros == (0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
    let all = UInt32.max
    let ones = philox(counter: (all, all, all, all), key: .max)
    #expect(ones == (0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
    let digits = philox(
      counter: (0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), key: 0x299f_31d0_a409_3822)
    #expect(digits == (0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
  }

  @Test func firstDrawsArePinned() {
    var generator = Generator(seed: 0)
    #expect(generator.next() == 0xe169_c58d_6627_e8d5)
    #expect(generator.next() == 0x9b00_dbd8_bc57_ac4c)
  }

  @Test func aDrawDependsOnItsIndexAlone() {
    var generator = Generator(seed: 3)
    let draws = (0..<20).map { _ in generator.next() }
    for index in [7, 0, 19, 18, 1] {
      generator.index = UInt64(index)
      #expect(generator.next() == draws[index])
    }
  }

  @Test func streamsDependOnSeedAndKeysAlone() {
    var parent = Generator(seed: 3)
    var before = parent.stream(1, 2)
    _ = parent.next()
    var after = parent.stream(1, 2)
    var nested = parent.stream(1).stream(2)
    let draw = before.next()
    #expect(after.next() == draw && nested.next() == draw)
    var firsts: Set<UInt64> = [parent.next()]
    for seed in 0..<10 as Range<UInt64> {
      for key in 0..<10 as Range<UInt64> {
        var stream = Generator(seed: seed).stream(key)
        firsts.insert(stream.next())
      }
    }
    #expect(firsts.count == 101)
  }

  @Test func uniformNumbersFillTheirRange() {
    var generator = Generator(seed: 1)
    let x = (0..<100_000).map { _ in generator.uniform() }
    #expect(x.allSatisfy { $0 >= 0 && $0 < 1 && $0 * 0x1p24 == ($0 * 0x1p24).rounded() })
    // Five standard deviations of the mean and of the mean square.
    expectMoments(x, mean: 0.5, square: 1.0 / 3, deviations: (0.2887, 0.2981))
  }

  @Test func normalNumbersAreNormal() {
    var generator = Generator(seed: 2)
    let x = (0..<100_000).map { _ in generator.normal() }
    expectMoments(x, mean: 0, square: 1, deviations: (1, 1.4142))
    let beyondTwo = Double(x.count { abs($0) > 2 }) / Double(x.count)
    #expect(abs(beyondTwo - 0.0455) < 5 * 0.2084 / 316)
    #expect(x.allSatisfy { abs($0) < 6.7 })
  }

  @Test func wholeNumbersAreEquallyLikely() {
    var generator = Generator(seed: 4)
    for count in [1, 2, 3, 7, 1000, 3 << 61] {
      for _ in 0..<1000 {
        let x = generator.uniform(below: count)
        #expect(x >= 0 && x < count)
      }
    }
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<70_000 { counts[generator.uniform(below: 7)] += 1 }
    #expect(counts.allSatisfy { abs($0 - 10_000) < 5 * 93 })
  }

  @Test func shufflesAreEquallyLikelyPermutations() {
    var generator = Generator(seed: 5)
    var counts: [[Int]: Int] = [:]
    for _ in 0..<6000 {
      var x = [0, 1, 2]
      generator.shuffle(&x)
      counts[x, default: 0] += 1
    }
    #expect(counts.count == 6)
    #expect(counts.values.allSatisfy { abs($0 - 1000) < 5 * 29 })
  }

  @Test func fillingEqualsDrawingOneByOne() {
    var one = Generator(seed: 6)
    one.index = 3
    let uniforms = (0..<10_000).map { _ in (-1 as Float).addingProduct(one.uniform(), 3) }
    let deviates = (0..<10_000).map { _ in (0.5 as Float).addingProduct(one.normal(), 2) }
    let filled = onAnyThreads {
      var other = Generator(seed: 6)
      other.index = 3
      var x = [Float](repeating: 0, count: 20_000)
      x.withUnsafeMutableBufferPointer {
        other.fillUniform($0.baseAddress!, count: 10_000, low: -1, high: 2)
        other.fillNormal($0.baseAddress! + 10_000, count: 10_000, mean: 0.5, deviation: 2)
      }
      #expect(other.index == 20_003)
      return x
    }
    #expect(bits(filled) == bits(uniforms + deviates))
  }
}

/// Requires mean and mean square within five standard errors.
private func expectMoments(
  _ x: [Float], mean: Double, square: Double, deviations: (Double, Double),
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let count = Double(x.count)
  let foundMean = x.reduce(0.0) { $0 + Double($1) } / count
  let foundSquare = x.reduce(0.0) { $0 + Double($1) * Double($1) } / count
  #expect(
    abs(foundMean - mean) < 5 * deviations.0 / count.squareRoot(), sourceLocation: sourceLocation)
  #expect(
    abs(foundSquare - square) < 5 * deviations.1 / count.squareRoot(),
    sourceLocation: sourceLocation)
}
