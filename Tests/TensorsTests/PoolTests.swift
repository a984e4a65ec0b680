import Kernels
import Testing

@testable import Tensors

@Suite struct PoolTests {
  @Test(arguments: [0, 1, 63, 64, 65, 80, 81, 1000, 4096, 4097, 1_000_000])
  func `a size class holds what is asked for`(_ count: Int) {
    let bytes = Pool.sizeClass(count)
    #expect(bytes >= count * 4 && bytes % 64 == 0)
    #expect(bytes <= max(256, count * 5 + 64), "more than a quarter is wasted")
    #expect(Pool.sizeClass(bytes / 4) == bytes, "a full block belongs to its own class")
  }

  @Test func `blocks are aligned`() {
    for count in [1, 7, 100, 5000] {
      let storage = Storage(count: count)
      #expect(UInt(bitPattern: storage.base) % 64 == 0)
    }
  }
}

/// Run alone in processes of their own, because the pool is shared by everything in one.
@Suite struct PooledBlocksTests {
  @Test func `a freed block serves what is a little smaller, and returns to its own size`() async {
    await #expect(processExitsWith: .success) {
      // Classes of 1 MiB and of 1.25, 1.5 and 1.75 of it.
      let whole = (1 << 20) / 4
      _ = Storage(count: whole * 3 / 2)
      let misses = Pool.statistics.misses
      let smaller = Storage(count: whole)
      require(Pool.statistics.misses == misses, "two classes below, and not served")
      require(Pool.statistics.waiting == 0 && Pool.statistics.live == 3 << 19, "not counted whole")
      let another = Storage(count: whole)
      require(Pool.statistics.misses == misses + 1, "served twice")
      withExtendedLifetime((smaller, another)) {}
    }
    await #expect(processExitsWith: .success) {
      let whole = (1 << 20) / 4
      _ = Storage(count: whole * 7 / 4)
      _ = Storage(count: whole)
      require(Pool.statistics.misses == 2, "three classes below, and served")
      require(Pool.statistics.live == 0, "something is held still")
      require(Pool.statistics.waiting == 11 << 18, "\(Pool.statistics)")
    }
  }
}

/// Runs alone in a process of its own, because the pool is shared by everything in one.
@Suite struct SteadyStateTests {
  @Test func `training asks the system for nothing after the first step`() async {
    await #expect(processExitsWith: .success) {
      var generator = Generator(seed: 1)
      let parameters = Parameters()
      parameters.add("in", [64, 32], normal: 0.1, from: &generator)
      parameters.add("out", [10, 64], normal: 0.1, from: &generator)
      let optimizer = AdamW(parameters, learningRate: 1e-3)
      let x = Tensor([48, 32], normal: 1, from: &generator)
      let targets = (0..<48).map { Int32($0 % 10) }
      func step() {
        parameters.zeroGradients()
        valueAndGradient {
          x.projected(by: parameters.all[0].tensor).silu()
            .projected(by: parameters.all[1].tensor).crossEntropy(targets)
        }
        optimizer.step()
      }
      step()
      let settled = Pool.statistics
      for _ in 1...100 { step() }
      require(Pool.statistics == settled, "\(settled) became \(Pool.statistics)")
    }
  }
}
