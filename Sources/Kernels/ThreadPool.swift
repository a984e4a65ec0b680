import CLanes
import Dispatch
import Foundation
import Synchronization

/// Threads that wait for a loop to share.
///
/// A fork must cost about a microsecond, so that twenty microseconds of work are worth sharing.
/// Hence everyone takes the next iteration from one atomic number, the calling thread among them:
/// nobody waits for a sleeper to wake, who finds the work done and sleeps on. And hence a worker
/// that runs out of work looks for more for a fifth of a millisecond before it sleeps, because to
/// wake it takes a system call; a program that does not compute burns no time.
final class ThreadPool: @unchecked Sendable {
  static let shared = ThreadPool()

  /// The loop in progress. Its words are written before `work` offers iterations, and not again
  /// until the last of these has returned, so whoever has taken one may read them.
  private struct Loop {
    var body: (Int) -> Void = { _ in }
    var count = 0
    var engine = Engine.lanes
  }

  private let loop: UnsafeMutablePointer<Loop>
  /// How many iterations are left to take, and above bit 40 how many threads may take them.
  private let work = Atomic<UInt>(0)
  /// How many iterations have not returned yet.
  private let pending = Atomic<Int>(0)
  private let isBusy = Atomic<Bool>(false)
  private let callerSleeps = Atomic<Bool>(false)
  private let callerWakes = DispatchSemaphore(value: 0)
  private let workers = Mutex<[Worker]>([])

  private final class Worker: Sendable {
    let sleeps = Atomic<Bool>(false)
    let wakes = DispatchSemaphore(value: 0)

    func wake() {
      if sleeps.load(ordering: .sequentiallyConsistent),
        sleeps.exchange(false, ordering: .sequentiallyConsistent)
      {
        wakes.signal()
      }
    }
  }

  private init() {
    loop = .allocate(capacity: 1)
    loop.initialize(to: Loop())
  }

  /// Runs the loop on at most `threads` threads, this one among them; or returns false at once
  /// when the pool is busy with another loop, perhaps the one this call is nested in.
  func run(_ count: Int, threads: Int, _ body: (Int) -> Void) -> Bool {
    guard !isBusy.exchange(true, ordering: .acquiring) else { return false }
    withoutActuallyEscaping(body) { body in
      loop.pointee = Loop(body: body, count: count, engine: Engine.current)
      pending.store(count, ordering: .relaxed)
      work.store(UInt(threads) << 40 | UInt(count), ordering: .sequentiallyConsistent)
      wakeWorkers(threads - 1)
      takeIterations(as: 0)
      waitForOthers()
      loop.pointee.body = { _ in }
    }
    isBusy.store(false, ordering: .releasing)
    return true
  }

  private func wakeWorkers(_ count: Int) {
    workers.withLock { workers in
      while workers.count < count {
        let worker = Worker()
        workers.append(worker)
        let number = workers.count
        let thread = Thread { self.work(worker, number) }
        thread.stackSize = 8 << 20
        thread.start()
      }
      for worker in workers.prefix(count) { worker.wake() }
    }
  }

  /// Takes iterations of the loop in progress until none is left, as thread `number`.
  private func takeIterations(as number: Int) {
    var offered = work.load(ordering: .acquiring)
    while true {
      let left = Int(offered & (1 << 40 - 1))
      if left == 0 || number >= Int(offered >> 40) { return }
      let (taken, now) = work.weakCompareExchange(
        expected: offered, desired: offered - 1, ordering: .acquiringAndReleasing)
      offered = now
      guard taken else { continue }
      perform(loop.pointee.count - left)
      let unfinished = pending.subtract(1, ordering: .sequentiallyConsistent).newValue
      if unfinished == 0, number != 0,
        callerSleeps.exchange(false, ordering: .sequentiallyConsistent)
      {
        callerWakes.signal()
      }
      offered = work.load(ordering: .acquiring)
    }
  }

  /// Never inlined, so that this thread has let go of the closure before it says that it is done.
  @inline(never) private func perform(_ index: Int) {
    if Engine.current == loop.pointee.engine {
      loop.pointee.body(index)
    } else {
      Engine.$current.withValue(loop.pointee.engine) { loop.pointee.body(index) }
    }
  }

  private func waitForOthers() {
    if spin(until: { pending.load(ordering: .acquiring) == 0 }) { return }
    // Again and again, since a worker may still be about to wake this thread for the loop before.
    repeat {
      callerSleeps.store(true, ordering: .sequentiallyConsistent)
      if pending.load(ordering: .sequentiallyConsistent) == 0,
        callerSleeps.exchange(false, ordering: .sequentiallyConsistent)
      {
        return
      }
      callerWakes.wait()
    } while pending.load(ordering: .acquiring) != 0
  }

  private func work(_ worker: Worker, _ number: Int) {
    let mayWork = { () -> Bool in
      let offered = self.work.load(ordering: .sequentiallyConsistent)
      return offered & (1 << 40 - 1) != 0 && number < Int(offered >> 40)
    }
    while true {
      takeIterations(as: number)
      if spin(until: mayWork) { continue }
      worker.sleeps.store(true, ordering: .sequentiallyConsistent)
      if mayWork(), worker.sleeps.exchange(false, ordering: .sequentiallyConsistent) { continue }
      worker.wakes.wait()
    }
  }

  /// Looks at `condition` again and again for a fifth of a millisecond; true when it came true.
  @inline(__always) private func spin(until condition: () -> Bool) -> Bool {
    let deadline = DispatchTime.now().uptimeNanoseconds + 200_000
    repeat {
      for _ in 0..<32 {
        if condition() { return true }
        lanes_pause()
      }
    } while DispatchTime.now().uptimeNanoseconds < deadline
    return condition()
  }
}
