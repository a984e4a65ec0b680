import Kernels
import Testing

@testable import Curriculum

@Suite struct TraceTests {
  @Test func `A trace is its problem, its attempts and its last attempt as the answer`() throws {
    let attempts = try ["(6*4)-3", "(6*4)+3"].map { try #require(Expression(parsing: $0)) }
    let trace = Trace(problem: Problem(numbers: [4, 6, 3], target: 27), attempts: attempts)
    #expect(
      trace.text == """
        make 27 from 4 6 3
        <think>
        6*4=24,24-3=21 no
        6*4=24,24+3=27 yes
        </think>
        <answer>(6*4)+3</answer>
        """)
  }

  @Test func `A careful trace stops at its first hit and nowhere else`() {
    var mix = Mix()
    mix.careful = 1
    mix.shares = [.traces: 1]
    for trace in traces(of: mix) {
      let hits = trace.attempts.map { $0.value == Rational(trace.problem.target) }
      #expect(!hits.dropLast().contains(true))
      #expect(hits.last == true || hits.count == mix.longest)
    }
  }

  @Test func `A hasty trace stops as often at a miss as at a hit`() {
    var mix = Mix()
    mix.careful = 0
    var (stops, attempts) = ([true: 0, false: 0], [true: 0, false: 0])
    for trace in traces(of: mix) {
      for (index, attempt) in trace.attempts.enumerated() {
        let isHit = attempt.value == Rational(trace.problem.target)
        attempts[isHit]! += 1
        stops[isHit]! += index == trace.attempts.count - 1 ? 1 : 0
      }
    }
    for isHit in [true, false] {
      let share = Double(stops[isHit]!) / Double(attempts[isHit]!)
      #expect(abs(share - Double(mix.haste)) < 0.05, "\(isHit): \(share)")
    }
  }

  private func traces(of mix: Mix) -> [Trace] {
    var generator = Generator(seed: 9)
    return (0..<2000).map { _ in trace(generator.pick(Family.triples), mix, &generator) }
  }
}
