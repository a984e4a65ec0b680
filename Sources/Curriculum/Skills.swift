/// What a model can do, counted over its completions: the sub-skills of search, and search itself.
///
/// The skills tell why an answer is right or wrong. A model that computes and judges without error
/// may still answer badly, because it stops at a miss or goes on past a hit; that is a habit, and
/// reinforcement can change it.
///
///     var skills = Skills()
///     for (problem, text) in samples { skills.count(Completion(parsing: text), of: problem) }
///     skills.verdictRecall    // 0.98
public struct Skills: Sendable {
  public private(set) var completions = 0
  public private(set) var wellFormed = 0
  public private(set) var solved = 0
  public private(set) var attempts = 0
  /// Attempts that are word for word an earlier one of the same completion.
  public private(set) var repeated = 0
  /// Attempts that use the numbers as the rules say.
  public private(set) var lawful = 0
  public private(set) var steps = 0
  public private(set) var trueSteps = 0
  /// Attempts that reach the target, and those of them that the model affirms or stops at.
  public private(set) var hits = 0
  public private(set) var affirmedHits = 0
  public private(set) var stopsAtHit = 0
  /// Attempts that the model affirms, rightly or wrongly.
  public private(set) var affirmed = 0
  /// Attempts whose last written result is the target, whatever went before, and those of them that
  /// the model affirms.
  public private(set) var claims = 0
  public private(set) var affirmedClaims = 0
  /// Attempts that miss the target, and those of them after which the model tries again.
  public private(set) var misses = 0
  public private(set) var goesOnAtMiss = 0

  public init() {}

  /// Counts one completion of `problem`. The line that a cut-off completion breaks in is not an
  /// attempt.
  public mutating func count(_ completion: Completion, of problem: Problem) {
    let attempts = completion.isThoughtClosed ? completion.attempts : completion.attempts.dropLast()
    completions += 1
    wellFormed += completion.isWellFormed ? 1 : 0
    solved += completion.solves(problem) ? 1 : 0
    self.attempts += attempts.count
    repeated += attempts.count - Set(attempts.map(\.text)).count
    for (index, attempt) in attempts.enumerated() {
      let isHit = attempt.hits(problem)
      let isLast = completion.isThoughtClosed && index == attempts.count - 1
      lawful += attempt.isWay(toWork: problem) ? 1 : 0
      steps += attempt.steps?.count ?? 0
      trueSteps += attempt.steps?.count(where: \.isTrue) ?? 0
      affirmed += attempt.verdict == true ? 1 : 0
      claims += attempt.claim == problem.target ? 1 : 0
      affirmedClaims += attempt.claim == problem.target && attempt.verdict == true ? 1 : 0
      hits += isHit ? 1 : 0
      affirmedHits += isHit && attempt.verdict == true ? 1 : 0
      stopsAtHit += isHit && isLast ? 1 : 0
      misses += isHit ? 0 : 1
      goesOnAtMiss += !isHit && !isLast ? 1 : 0
    }
  }

  /// The share of completions with the form that is asked for.
  public var formatRate: Double { share(wellFormed, of: completions) }
  /// The share of completions whose answer solves the problem.
  public var accuracy: Double { share(solved, of: completions) }
  /// The share of steps that are true.
  public var arithmetic: Double { share(trueSteps, of: steps) }
  /// The share of attempts with the target as their result that the model affirms: it compares
  /// what it has written itself, right or wrong.
  public var verdictRecall: Double { share(affirmedClaims, of: claims) }
  /// The share of affirmed attempts that have the target as their result.
  public var verdictPrecision: Double { share(affirmedClaims, of: affirmed) }
  /// The share of affirmed attempts that hit: the verdict, the arithmetic and the rules all hold.
  public var soundness: Double { share(affirmedHits, of: affirmed) }
  /// How often an attempt hits.
  public var hitRate: Double { share(hits, of: attempts) }
  /// How often the thought ends at a hit.
  public var stoppingAtHit: Double { share(stopsAtHit, of: hits) }
  /// How often the thought goes on after a miss.
  public var persistence: Double { share(goesOnAtMiss, of: misses) }
  /// The share of attempts that were made before.
  public var repetition: Double { share(repeated, of: attempts) }
}

/// `part / whole`, and 0 of nothing is none.
private func share(_ part: Int, of whole: Int) -> Double {
  whole == 0 ? 0 : Double(part) / Double(whole)
}
