import Foundation
import Synchronization
import Testing

@testable import Kernels

@Suite struct ParallelTests {
  @Test(arguments: [1, 2, 3, 8], [0, 1, 2, 3, 7, 1000])
  func everyIterationRunsOnce(_ threads: Int, _ count: Int) {
    let runs = Counters(count)
    Parallel.$threads.withValue(threads) {
      parallel(count) { runs.increment($0) }
    }
    #expect(runs.all == [Int](repeating: 1, count: count))
  }

  @Test func aLoopInALoopRunsOnceToo() {
    let runs = Counters(600)
    Parallel.$threads.withValue(3) {
      parallel(20) { outer in
        parallel(30) { inner in runs.increment(30 * outer + inner) }
      }
    }
    #expect(runs.all == [Int](repeating: 1, count: 600))
  }

  /// Many short loops from several threads at once, on more threads than cores: what would find a
  /// lost wake-up or an iteration taken twice.
  @Test func loopsOfSeveralThreadsDoNotMeet() async {
    await withTaskGroup(of: Bool.self) { group in
      for caller in 0..<4 {
        group.addTask {
          Parallel.$threads.withValue(2 + caller) {
            (0..<5000).allSatisfy { round in
              let count = 1 + (round + caller) % 9
              let runs = Counters(count)
              parallel(count) { runs.increment($0) }
              return runs.all == [Int](repeating: 1, count: count)
            }
          }
        }
      }
      for await isWhole in group { #expect(isWhole) }
    }
  }

  /// After a pause the workers are asleep, and must wake.
  @Test func loopsRunAfterIdling() {
    for pause in [0, 100, 300, 1000, 30_000] as [UInt32] {
      for _ in 0..<5 {
        usleep(pause)
        let runs = Counters(64)
        Parallel.$threads.withValue(4) { parallel(64) { runs.increment($0) } }
        #expect(runs.all == [Int](repeating: 1, count: 64))
      }
    }
  }

  @Test func workersUseTheEngineOfTheirCaller() {
    for engine in Engine.allCases {
      let wrong = Counters(64)
      Parallel.$threads.withValue(2) {
        Engine.$current.withValue(engine) {
          parallel(64) { if Engine.current != engine { wrong.increment($0) } }
        }
      }
      #expect(wrong.all == [Int](repeating: 0, count: 64))
    }
  }

  @Test(arguments: [1, 2, 3, 5], [1, 2, 15, 16, 100, 1023])
  func rangesCoverTheWholeAndNothingTwice(_ threads: Int, _ count: Int) {
    for (grain, multiple) in [(1, 1), (7, 1), (1, 16), (20, 8)] {
      let runs = Counters(count)
      Parallel.$threads.withValue(threads) {
        parallel(over: count, grain: grain, multiple: multiple) { range in
          for i in range { runs.increment(i) }
          if range.upperBound != count && range.count % multiple != 0 {
            runs.increment(range.lowerBound)
          }
        }
      }
      #expect(runs.all == [Int](repeating: 1, count: count))
    }
  }

  @Test(arguments: ["0", "-1", "two", "", "1.5"])
  func aCountThatIsNoneIsRefused(_ value: String) {
    let error = #expect(throws: SettingError.self) { try Parallel.parse(value) }
    #expect(
      error?.description
        == "ESPALIER_THREADS is '\(value)': set it to a whole number from 1 to 1024, "
        + "or unset it for one thread per core")
  }

  @Test func aCountIsRead() throws {
    #expect(try Parallel.parse("3") == 3)
  }
}

/// Numbers that any thread may increment.
private final class Counters: Sendable {
  private let counts: Mutex<[Int]>

  init(_ count: Int) { counts = Mutex([Int](repeating: 0, count: count)) }

  func increment(_ index: Int) { counts.withLock { $0[index] += 1 } }

  var all: [Int] { counts.withLock { $0 } }
}
