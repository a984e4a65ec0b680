import Bookshelf
import Courses
import Curriculum
import Foundation
import Kernels
import Notebook
import Pretraining
import Reinforcement
import SparseCourses
import SparsePretraining
import Storeroom
import Tensors
import Text
import Transformer
import Tuning

chapter(
  5, "Reinforcement",
  shows: "how a model learns to reason from rewards, with no answer shown to it",
  needs: "nothing but this checkout; earlier models are trained if they are missing",
  takes: "about four minutes the first time, and one from then on")

//: @Result With no labels, a reward raises the share of right answers to new problems from {{base.heldOut|.0%}} to {{grpo.heldOut|.0%}}; the best that can be had from the base without training is {{base.best|.0%}} with one answer and {{base.majority|.0%}} with sixteen.
//:
//: The model can calculate and judge. In chapter 4 somebody showed it what to do with that: a key of answers was
//: learned by heart, and searches, which somebody had to write, carried over to new problems. Now nobody
//: shows it anything. We let it try, we tell it whether it succeeded, and it becomes more likely to do what
//: succeeded. This is **reinforcement fine-tuning**, and it is how the reasoning models of the last years were
//: made.
//:
//: ## Two rewards, and no labels
//:
//: A **reward** is any function of what was asked and what was written. Ours are the two of the public
//: demonstrations on Countdown: one for the *form*, a thought and then an answer, and one for the *equation*,
//: which must use each number once and be worth the target.

let folder = try BaseModel.shelved()
let base = try BaseModel(contentsOf: folder)
let tokenizer = base.tokenizer
let problem = Problem(numbers: [4, 6, 3], target: 27)
let judge = Judge<Problem>([(EquationReward(), 1), (FormatReward(), 0.1)])
let answers = [
  "(6*4)+3", "6*4+3", "(6+4)*3", "64+3-40", "27", "6**4", "９*3", "(6*4)+3+(3-3)",
  "__import__('os')",
]
let completions = answers.map { "<think>\n6*4=24,24+3=27 yes\n</think>\n<answer>\($0)</answer>" }
let scores = try judge.scores(completions.map { (completion: $0, exercise: problem) })
table(
  "Make 27 from 4 6 3", columns: ["answer", "equation", "form", "reward"],
  rows: zip(answers, scores).map { ["`\($0)`", $1[0], $1[1], judge.total(of: $1)] })

//: A model will find whatever the verifier overlooks, so it is a parser and not an evaluator: it glues no
//: digits, knows no powers, runs no code, computes in exact fractions, and reads a million parentheses without
//: falling over. (The tests hold some thirty such attacks.)
//:
//: Another task is another pair of types: what is asked, an `Exercise`, and what is paid for, a `Reward`. Trainer and judge
//: know nothing else of it. This is all of a second one, which the tests teach to a small model:
//:
//: @Source(Reinforcement/Sorting.swift, Sorting)
//: @Source(Reinforcement/Sorting.swift, SortingReward)

let sorting = Sorting([4, 6, 3])
for text in ["3 4 6", "3 6 4", "4 3 6"] {
  show("\(sorting.prompt.dropLast()): \(text)", SortingReward().score(text, of: sorting))
}

//: Here is what one problem earns when the base tries eight times:

let recipe = RolloutRecipe(limit: Course.limit)
let prompts = Exam.heldOut.problems(24, of: [])
func rollouts(_ model: Transformer, _ recipe: RolloutRecipe = recipe) -> [[Rollout]] {
  recipe.write(
    model, tokenizer, prompts: prompts.map { tokenizer.encode($0.prompt) }, count: 8,
    ends: [tokenizer.end!], seed: 5)
}
func rewards(_ groups: [[Rollout]]) throws -> [[Double]] {
  let cases = zip(prompts, groups).flatMap { problem, group in
    group.map { (completion: $0.text, exercise: problem) }
  }
  let all = try judge.scores(cases).map(judge.total)
  return prompts.indices.map { Array(all[$0 * 8..<($0 + 1) * 8]) }
}
let groups = rollouts(base.model)
let earned = try rewards(groups)
let mixed = earned.firstIndex { Set($0).count > 1 && $0.contains { $0 > 1 } } ?? 0
let advantages = Advantage.grpo([earned[mixed]])[0]
table(
  "Eight answers to: \(prompts[mixed].prompt.dropLast())",
  columns: ["written", "tokens", "reward", "advantage"],
  rows: groups[mixed].indices.map { index in
    let rollout = groups[mixed][index]
    return [
      "`\(rollout.text.replacing("\n", with: " ").prefix(96))`", rollout.tokens.count,
      earned[mixed][index], advantages[index],
    ]
  })

//: ## From rewards to gradients
//:
//: We want a larger **expected reward** $J = \sum_y \pi(y) R(y)$, a sum over all texts that the model, now
//: called the **policy** $\pi$, could write. Nobody can differentiate a reward, and nobody has to:
//:
//: $$ \nabla J = \sum_y \nabla \pi(y)\, R(y) = \mathbb{E}_{y \sim \pi}\left[ R(y)\, \nabla \log \pi(y) \right] $$
//:
//: So draw some texts, and make each likelier by as much as it earned. That is the **policy gradient** (Williams
//: 1992). It is right on average and noisy. If every reward is positive, everything that was drawn is made likelier, and
//: only by competition does the better win. It helps to subtract what was to be expected: the difference is the
//: **advantage** of a text. **GRPO** (Shao et al. 2024) draws a *group* of texts for each prompt, and takes
//: their mean for what was to be expected and their standard deviation $\sigma$ for the scale:
//:
//: $$ A_i = \frac{R_i - \bar R}{\sigma + \varepsilon} $$
//:
//: Other methods choose these two otherwise; further choices come below.

table(
  "The advantages of the eight", columns: ["method"] + (1...8).map { "\($0)" },
  rows: [
    ("GRPO", Advantage.grpo), ("Dr. GRPO", .drGRPO), ("RLOO", .rloo), ("REINFORCE", .reinforce),
  ].map { name, advantage in
    [name] + advantage(earned)[mixed].map { $0 as any CustomStringConvertible }
  })
claim(
  "a group that agrees teaches nothing, and nothing is divided by zero",
  Advantage.grpo([[1, 1, 1, 1]])[0] == [0, 0, 0, 0])

//: Does such a thing point the right way? Of RLOO it can be proved. (A division by $\sigma$ weighs prompts anew, and what
//: is climbed then is no longer exactly this reward.) With three possible answers we can list every group of two that could
//: be drawn, weigh each by its probability, and compare with the slope of the expected reward.

let logits = [0.2, -0.4, 0.9]
let prizes = [1.0, 0.0, 0.5]
func policy(_ logits: [Double]) -> [Double] {
  let weights = logits.map(exponential)
  return weights.map { $0 / weights.reduce(0, +) }
}
func expectedReward(_ logits: [Double]) -> Double {
  zip(policy(logits), prizes).reduce(0) { $0 + $1.0 * $1.1 }
}
let p = policy(logits)
var estimate = [0.0, 0.0, 0.0]
for first in 0..<3 {
  for second in 0..<3 {
    let group = Advantage.rloo([[prizes[first], prizes[second]]])[0]
    for (answer, advantage) in zip([first, second], group) {
      for logit in 0..<3 {
        let slope = (answer == logit ? 1 : 0) - p[logit]
        estimate[logit] += p[first] * p[second] * advantage * slope / 2
      }
    }
  }
}
let exact = (0..<3).map { index -> Double in
  var (up, down) = (logits, logits)
  up[index] += 1e-5
  down[index] -= 1e-5
  return (expectedReward(up) - expectedReward(down)) / 2e-5
}
table(
  "Slopes of the expected reward by the three logits", columns: ["", "first", "second", "third"],
  rows: [["over all groups"] + estimate, ["by differences"] + exact].map {
    $0.map { $0 as! any CustomStringConvertible }
  })
claim(
  "RLOO's mean over all groups is the gradient",
  zip(estimate, exact).allSatisfy { abs($0 - $1) < 1e-9 })

//: ## The loss, part by part
//:
//: As long as each batch is used once, that is all. If it is used for several updates, the policy moves
//: away from the one that wrote it. The **ratio** $r = \pi(t) / \pi_\text{old}(t)$ of a token's probabilities
//: corrects for it, and **clipping** (PPO: Schulman et al. 2017) stops the pull of a token that has moved far
//: enough:
//:
//: $$ \ell_t = -\min\left( r_t A,\; \mathrm{clip}(r_t, 1 - \varepsilon_\text{low}, 1 + \varepsilon_\text{high})\, A \right) + \beta\, k(\pi, \pi_\text{ref}) $$
//:
//: The last part, if any, is a **divergence** from a reference model, to which the policy is tied. How the
//: losses of tokens become one number is a choice, too: a mean over texts of means over their tokens (GRPO), or over all
//: tokens (DAPO), or a sum over a constant (Dr. GRPO). The first gives a token of a long text less weight than one of a
//: short text, so that long wrong answers cost less than short ones.
//:
//: @Source(Reinforcement/PolicyLoss.swift, PolicyLoss.callAsFunction(policy:old:reference:advantage:weight:))

let aggregations: [(String, Aggregation)] = [
  ("GRPO", .sequences), ("DAPO", .tokens), ("Dr. GRPO", .constant(length: 100)),
]
table(
  "What one token weighs in a batch of two texts, in thousandths",
  columns: ["", "of 20 tokens", "of 180 tokens"],
  rows: aggregations.map { name, aggregation in
    [name] + aggregation.weights(of: [20, 180]).map { 1000 * $0 as any CustomStringConvertible }
  })
claim(
  "where all texts have the constant's length, all aggregations agree",
  aggregations.map { $0.1.weights(of: [100, 100]) }.allSatisfy { $0 == [0.005, 0.005] })

//: ## The sampler and the trainer agree
//:
//: There is a catch that has cost others months. The policy gradient holds for texts drawn from the policy *that
//: is trained*. In most systems one program writes and another learns, they round differently, and after a hundred
//: tokens the two give a text noticeably different probabilities. Remedies have names (truncated importance
//: sampling and others). Here one arithmetic does both, and what it computes for a row does not depend on its
//: company. Let us read again what was written:

func difference(_ groups: [[Rollout]], readBy model: Transformer) -> [Double] {
  let texts = groups.flatMap(\.self)
  let read = Reading(texts, by: model).surprisals.floats
  return zip(read, texts.flatMap(\.logProbabilities)).map { Double(-$0) - Double($1) }
}
let same = difference(groups, readBy: base.model)
claim("the largest difference of log-probabilities is zero", same.allSatisfy { $0 == 0 })

//: Not small: zero. The ratio is exactly one at the first update. Now we break it on purpose: by drawing from
//: the ten likeliest tokens only, by writing with weights rounded to 8 bits, and by reading with another library's
//: matrix products.

var narrow = recipe
narrow.sampling = Sampling(topK: 10)
let rounded = try BaseModel(contentsOf: folder).model
for parameter in rounded.parameters.all where parameter.shape.dimensions.count == 2 {
  let rows = (0..<parameter.shape[0]).flatMap { row -> [Float] in
    let weights = parameter.tensor.row(row)
    let step = weights.map(abs).max()! / 127
    return weights.map { step == 0 ? 0 : ($0 / step).rounded() * step }
  }
  parameter.set(Tensor(parameter.shape, rows))
}
let foreign = Engine.$current.withValue(.openblas) { difference(groups, readBy: base.model) }
let top = rollouts(base.model, narrow)
/// By how much each token's log-probability rises where only the ten likeliest are drawn from.
func renormalised(_ rollouts: [Rollout]) -> [Double] {
  let reading = Reading(rollouts, by: base.model)
  return (0..<reading.logits.shape[0]).map { row in
    let logits = reading.logits.row(row).map(Double.init)
    let most = logits.max()!
    let weights = logits.map { exponential($0 - most) }
    return logarithm(weights.reduce(0, +) / weights.sorted(by: >).prefix(10).reduce(0, +))
  }
}
let mismatches: [(String, [Double])] = [
  ("ours, read with ours", same),
  ("ours, read with OpenBLAS", foreign),
  ("weights of 8 bits", difference(rollouts(rounded), readBy: base.model)),
  ("the ten likeliest tokens", renormalised(top.flatMap(\.self)).map { -$0 }),
]
table(
  "How the sampler and the trainer differ, by what wrote the texts",
  columns: [
    "written by", "largest difference", "mean ratio of a token", "least ratio", "largest ratio",
  ],
  rows: mismatches.map { name, differences in
    let ratios = differences.map { exponential($0) }
    return [
      name, differences.map(abs).max()!, ratios.reduce(0, +) / Double(ratios.count), ratios.min()!,
      ratios.max()!,
    ]
  }, measured: true)
pin("mismatch.rounded", mismatches[2].1.map(abs).max()!)
claim("any other arithmetic shows", mismatches.dropFirst().allSatisfy { $0.1.contains { $0 != 0 } })

//: Another library's rounding changes the last bits, which a hundred tokens add up. Rounded weights move
//: single tokens by up to {{mismatch.rounded|.2}} nats. And whoever draws from the ten likeliest and trains as if
//: from all has a ratio that is never above one: the policy is pushed in a direction that nobody asked for. (The
//: numbers of OpenBLAS depend on the processor, so the table is shown as last measured.)
//:
//: ## Learning
//:
//: Now the run. The 512 problems of chapter 4, without the key; \num{120} steps; at each, sixteen problems and
//: eight texts for each; one update. What learns is an adapter of rank eight. The advantages are GRPO's, the mean is over
//: all tokens, and there is no reference model.

let rates: [Courses.Method: Double] = [.key: 1e-2, .raft: 3e-3, .grpo: 1e-3]
func course(_ method: Courses.Method) -> Course {
  var course = Course(method, seed: Seed.current, learningRate: rates[method]!, rank: 8)
  course.steps = Size.current.pick(tiny: 4, book: course.steps, large: 2 * course.steps)
  return course
}
pin("rate.grpo", rates[.grpo]!)
pin("rate.raft", rates[.raft]!)
// After the few steps of `tiny` nothing is learned, and nothing is claimed.
let isTrained = Size.current != .tiny
let (grpo, grpoFolder) = try course(.grpo).shelved(folder)
let laps = grpo.laps
func curve(_ name: String, _ value: (Lap) -> Double?) -> Series {
  Series(name, x: laps.map { Double($0.step) }, y: laps.map { value($0) ?? .nan })
}
plot(
  "reward", title: "What the policy earns", x: Axis("step"), y: Axis("share", range: 0...1),
  series: [
    curve("right answers", \.right), curve("prompts whose texts all earn the same", \.zeroVariance),
  ],
  caption:
    "Each point is a batch of 128 texts. The loss is not shown: it tells how long right and wrong texts are, and not how many are right."
)
plot(
  "length", title: "How long it thinks", x: Axis("step"), y: Axis("mean length", unit: "tokens"),
  series: [curve("length", \.length)],
  caption: "Nobody asked for longer texts.")
plot(
  "entropy", title: "How much is left open", x: Axis("step"),
  y: Axis("entropy of a token", unit: "nats"), series: [curve("entropy", \.entropy)],
  caption: "A policy that is sure of everything has stopped exploring.")

//: The learning rates are {{rate.grpo}} for GRPO and, further down, {{rate.raft}} for RAFT; on validation problems the study
//: chose {{study.rate.grpo}} and {{study.rate.raft}}.
//:
//: The share of prompts whose texts all earn the same is worth watching: such a group teaches nothing. At first
//: all are wrong, in the end all are right, and a run in which it is one from the start has a reward that never
//: differs.

let model = try Adapter(contentsOf: grpoFolder, for: BaseModel(contentsOf: folder).model).model
let after = rollouts(model)
let earnedAfter = try rewards(after)
table(
  "The same problem as above, afterwards",
  columns: ["written", "tokens", "reward"],
  rows: after[mixed].indices.map { index in
    [
      "`\(after[mixed][index].text.replacing("\n", with: " ").prefix(96))`",
      after[mixed][index].tokens.count, earnedAfter[mixed][index],
    ]
  })

//: ## Against every alternative
//:
//: What is it worth? The controls are the base with its best decoding (at lower temperatures, greedily, or
//: by a **majority** of sixteen answers), the imitation of chapter 4, and its RAFT, which has no advantages and no
//: loss with many parts: it draws as many texts in the same way, keeps those that are right, and imitates them.

let (raft, _) = try course(.raft).shelved(folder)
let (key, _) = try course(.key).shelved(folder)
let practised = course(.grpo).material(base)
func marks(temperature: Float, _ exams: [Exam]) -> [Exam: Marks] {
  var rigour = Outcome.Rigour.chapter
  rigour.exams = exams
  return Outcome.marks(
    base.model, tokenizer, practised: practised, rigour,
    sampling: Sampling(temperature: temperature))
}
let untaught = marks(temperature: 1, Exam.final)
let cooler = Dictionary(
  uniqueKeysWithValues: [0.1, 0.2, 0.3, 0.5, 0.7].map {
    ($0, marks(temperature: Float($0), [.practised, .heldOut]))
  })
let rows: [(String, [Exam: Marks])] =
  [("base", untaught)]
  + cooler.sorted { $0.key > $1.key }.map { ("base, temperature \($0)", $1) }
  + [("key", key.marks), ("RAFT", raft.marks), ("GRPO", grpo.marks)]
table(
  "Held-out problems: the share of right answers",
  columns: ["", "one answer", "greedy", "majority of 16", "pass@16", "practised"],
  rows: rows.map { name, marks in
    let marks16 = marks[.heldOut]!
    return [
      name, marks16.accuracy, marks16.greedyAccuracy, marks16.majorityAccuracy,
      marks16.passRate(16), marks[.practised]!.accuracy,
    ]
  })
let single = [untaught] + cooler.values
pin(
  "base.best",
  single.flatMap { [$0[.heldOut]!.accuracy, $0[.heldOut]!.greedyAccuracy] }.max()!)
for (name, marks) in [
  ("base", untaught), ("key", key.marks), ("raft", raft.marks), ("grpo", grpo.marks),
] {
  pin("\(name).heldOut", marks[.heldOut]!.accuracy)
  pin("\(name).practised", marks[.practised]!.accuracy)
  pin("\(name).majority16", marks[.heldOut]!.majorityAccuracy)
  pin("\(name).pass16", marks[.heldOut]!.passRate(16))
  pin("\(name).greedy", marks[.heldOut]!.greedyAccuracy)
  pin("\(name).larger", marks[.larger]!.accuracy)
  pin("\(name).four", marks[.four]!.accuracy)
  pin("\(name).stops", marks[.heldOut]!.stops)
  pin("\(name).persists", marks[.heldOut]!.persists)
}
func perProblem(_ marks: [Exam: Marks]) -> [Double] {
  marks[.heldOut]!.right.map { Double($0) / Double(marks[.heldOut]!.drawn) }
}
pin("base.majority", single.map { $0[.heldOut]!.majorityAccuracy }.max()!)
let bestMajority = single.max {
  $0[.heldOut]!.majorityAccuracy < $1[.heldOut]!.majorityAccuracy
}!
let gain = PairedDifference(
  perProblem(grpo.marks), over: bestMajority[.heldOut]!.majority.map { $0 ? 1 : 0 })
pin("gain.mean", gain.mean)
pin("gain.low", gain.low)
pin("gain.high", gain.high)
claim(
  "beside the base's majority the difference is within the problems' luck",
  !isTrained || (gain.low < 0 && gain.high > 0))
claim(
  "one answer of the trained model beats any single answer of the base, at any temperature tried",
  !isTrained
    || grpo.marks[.heldOut]!.accuracy
      > single.flatMap { [$0[.heldOut]!.accuracy, $0[.heldOut]!.greedyAccuracy] }.max()!
)

//: The trained model's single answer is right in {{grpo.heldOut|.0%}} of cases. The base gets to
//: {{base.best|.0%}} with one answer, in every way that we tried, and to {{base.majority|.0%}} with a majority of
//: sixteen, which costs sixteen times as much. Between one answer of the trained model and a majority of the base
//: lie {{gain.mean|.0%}} ({{gain.low|.0%}} to {{gain.high|.0%}}, the same problems drawn again and again), too
//: little to tell on so few problems. With sixteen answers on both sides it is {{grpo.majority16|.0%}} against
//: {{base.majority|.0%}}.
//:
//: The key teaches {{key.practised|.0%}} of the practised problems and {{key.heldOut|.0%}} of the others. The rewards
//: teach {{grpo.practised|.0%}} and {{grpo.heldOut|.0%}}: what is learned carries over, because what is
//: learned is not an answer. And RAFT, with a line of theory, reaches {{raft.heldOut|.0%}}. Much of the credit
//: belongs to learning from one's own verified texts, and not to any formula.

let attempts = [1, 2, 4, 8, 16]
plot(
  "pass", title: "More attempts, more answers", x: Axis("attempts", scale: .log),
  y: Axis("share of problems solved", range: 0...1),
  series: [("base", untaught), ("key", key.marks), ("RAFT", raft.marks), ("GRPO", grpo.marks)].map {
    name, marks in
    Series(name, x: attempts.map(Double.init), y: attempts.map { marks[.heldOut]!.passRate($0) })
  },
  caption: "pass@k on held-out problems. Where curves meet, training has moved no limit, only odds."
)

//: ## What has changed
//:
//: Not the arithmetic: that was there, and is no better. The habits have changed, and more texts run into the limit.

table(
  "Habits, on held-out problems",
  columns: [
    "", "true steps", "stops at a hit", "goes on at a miss", "repeats", "right form",
    "tokens if right", "tokens if wrong",
  ],
  rows: [("base", untaught), ("key", key.marks), ("RAFT", raft.marks), ("GRPO", grpo.marks)].map {
    name, marks in
    let marks = marks[.heldOut]!
    return [
      name, marks.arithmetic, marks.stops, marks.persists, marks.repeats, marks.format,
      marks.lengthOfRight ?? 0, marks.lengthOfWrong ?? 0,
    ]
  })
claim(
  "it stops at hits and goes on at misses more often than the base",
  !isTrained
    || (grpo.marks[.heldOut]!.stops > untaught[.heldOut]!.stops
      && grpo.marks[.heldOut]!.persists > untaught[.heldOut]!.persists)
)
claim(
  "its steps are not true more often, and fewer texts have the right form",
  !isTrained
    || (grpo.marks[.heldOut]!.arithmetic <= untaught[.heldOut]!.arithmetic
      && grpo.marks[.heldOut]!.format < untaught[.heldOut]!.format)
)

//: The base stopped at a hit in {{base.stops|.0%}} of cases and went on after a miss in {{base.persists|.0%}}; now it is
//: {{grpo.stops|.0%}} and {{grpo.persists|.0%}}. This is what people call *search*, *checking* and *reflection*, and
//: it was found by nothing but trying. All the parts had to be there: were *yes* not said rightly, stopping at it
//: would not pay.
//:
//: ## Three seeds, and the controls that hurt
//:
//: `make study N=5` runs eight methods with three seeds each, on \num{512} held-out problems: [its
//: page](studies/05-reinforcement.md). GRPO reaches {{study.heldOut.grpo|.0%}} there, RAFT {{study.heldOut.raft|.0%}}, and
//: imitating written searches {{study.heldOut.searches|.0%}}; a coin toss for a reward leaves the base where it was, at
//: {{study.heldOut.coin|.0%}}, and a reward for the form alone does no better, with {{study.heldOut.form|.0%}}. A verifier
//: with a leak is there, too.
//:
//: ![In and out of distribution](studies/figures/05-trajectories.svg)
//:
//: ## A mixture of experts
//:
//: The twin of chapter 3, with eight experts in each layer, takes the same course: the same problems, steps, rewards and
//: learning rate, which nobody chose for it, and an adapter of rank eight beside every matrix, those of the experts among them.

let sparse = try SparseBaseModel(contentsOf: SparseBaseModel.shelved())
let sparseFolder = try SparseCourse(course(.grpo)).shelved(sparse)
let sparseTaught = try SparseCourse.model(in: sparseFolder, beside: sparse)
let sparseMarks = [sparse.model, sparseTaught].map { model in
  Marks(
    model, tokenizer,
    on: Exam.heldOut.problems(Outcome.Rigour.chapter.heldOut, of: practised),
    drawn: Outcome.Rigour.chapter.heldOutDrawn)
}
table(
  "Held-out problems: dense and with experts",
  columns: ["", "one answer", "greedy", "majority of 16", "pass@16", "true steps", "right form"],
  rows: [
    ("base", untaught[.heldOut]!), ("base with experts", sparseMarks[0]),
    ("GRPO", grpo.marks[.heldOut]!), ("GRPO with experts", sparseMarks[1]),
  ].map { name, marks in
    [
      name, marks.accuracy, marks.greedyAccuracy, marks.majorityAccuracy, marks.passRate(16),
      marks.arithmetic, marks.format,
    ]
  })
let sparseLead = PairedDifference(
  sparseMarks[1].right.map { Double($0) / Double(sparseMarks[1].drawn) },
  over: perProblem(grpo.marks))
pin("sparse.base", sparseMarks[0].accuracy)
pin("sparse.heldOut", sparseMarks[1].accuracy)
pin("sparse.lead", sparseLead.mean)
pin("sparse.low", sparseLead.low)
pin("sparse.high", sparseLead.high)
claim(
  "rewards teach the mixture as well",
  !isTrained || sparseMarks[1].accuracy > 2 * sparseMarks[0].accuracy)

//: From {{sparse.base|.0%}} to {{sparse.heldOut|.0%}}, where the dense model ended at {{grpo.heldOut|.0%}}: the difference
//: is {{sparse.lead|.1%}}, with bounds of {{sparse.low|.1%}} and {{sparse.high|.1%}} over these problems. One run with one
//: seed each: another seed moves either of them by some points. The experts' texts and what is learned from them go through
//: the same router decisions, bit for bit, since sampler and trainer compute the same; where they do not, a mixture is
//: known to be the first to suffer, because a token that is routed to another expert is a token of another policy.
//:
//: ## What a step costs
//:
//: A step writes texts, reads them again, and learns from them. `make peers` gives PyTorch the same model, the same
//: prompts and the same loss, and takes turns: once for the writing alone, *rollouts*, and once for whole steps. The
//: numbers are tokens written and learned a second. One thing ours does not do: texts of a group that all earn the same
//: have a gradient of zeros, so it reads them for the report and leaves it at that. PyTorch's trainers learn from them.

peers("reinforce", title: "Reinforcement")

//: Texts come in all sizes, and buffers that are kept for each size would add up: ours serve what is a little smaller,
//: too, which took a third off the memory of a step.
//:
//: ## Handing it over
//:
//: What was learned is a folder with two files, in the form of the `peft` library:

func bytes(_ file: String) throws -> Int {
  try grpoFolder.appending(path: file).resourceValues(forKeys: [.fileSizeKey]).fileSize!
}
table(
  "The adapter's folder", columns: ["file", "bytes"],
  rows: try ["adapter_config.json", "adapter_model.safetensors"].map { [$0, try bytes($0)] })
pin("adapter.bytes", try bytes("adapter_model.safetensors"))

//: The base is in the form of `transformers` already, so Python needs three lines to have the tuned model:
//:
//: ```python
//: base = AutoModelForCausalLM.from_pretrained("base")
//: model = PeftModel.from_pretrained(base, "adapter")
//: tokenizer = AutoTokenizer.from_pretrained("base")
//: ```
//:
//: One such adapter weighs {{adapter.bytes|,}} bytes, and a server that holds the base once can hold thousands. That is
//: what LoRAX does, and vLLM and others after it: it loads an adapter when the first request for it comes, sorts the rows
//: of a batch by adapter, and adds each segment's own $\frac{\alpha}{r}\, x A^\top B^\top$ to the base's product, which all
//: share. A request says which one it wants:
//:
//: ```sh
//: curl http://127.0.0.1:8080/generate -H 'Content-Type: application/json' -d '{
//:   "inputs": "make 27 from 4 6 3\n",
//:   "parameters": {"adapter_id": "/adapters/countdown", "adapter_source": "local",
//:                  "max_new_tokens": 240, "do_sample": true, "seed": 1}}'
//: ```
//:
claim(
  "greedily it is right less often than when it draws",
  !isTrained
    || grpo.marks[.heldOut]!.greedyAccuracy < grpo.marks[.heldOut]!.accuracy)

//: ## Where it breaks
//:
//: - Greedy decoding is *worse* than drawing: {{grpo.greedy|.0%}}. Whoever always takes the likeliest way repeats
//:   it, and a searcher that repeats itself finds nothing. Nothing rewarded the greedy text.
//: - Four numbers, and numbers larger than those of the curriculum, were beyond the base and are beyond the trained
//:   model: {{grpo.four|.0%}} and {{grpo.larger|.0%}}. Where no attempt ever succeeds there is nothing to reward.
//: - Of \num{64} answers of the base at least one is right for {{study.pass64.base|.0%}} of the problems, and for
//:   {{study.pass64.grpo|.0%}} after GRPO: there was nothing new to be found at this size of problem. What has been
//:   gained is that one answer does what took many. That is sharpening, and it is useful.
//: - A part of the texts ends at the limit of tokens, in the middle of a thought. They earn nothing, however good
//:   they were.
//: - The learning rate decides. In the study, three times the rate that RAFT does best with leaves a model that
//:   solves next to nothing.
//:
//: ## Summary
//:
//: - A reward is a function of the text; the policy gradient needs no more than that.
//: - GRPO compares texts of one prompt with each other. Where they all earn the same, nothing is learned.
//: - If the sampler and the trainer round differently, the gradient is of another thing. Here they agree to the bit.
//: - Rewards turned skills that were there into a habit of search, which carried over to new problems.
//: - All of that, RAFT can do as well, and so can imitation, if somebody writes the searches.
//:
//: ## References
//:
//: - Williams, *Simple statistical gradient-following algorithms*, 1992. Schulman et al., *Proximal Policy Optimization
//:   Algorithms*, 2017, arXiv:1707.06347.
//: - Shao et al., *DeepSeekMath*, 2024, arXiv:2402.03300: GRPO. Liu et al., *Understanding R1-Zero-Like Training*,
//:   2025, arXiv:2503.20783: Dr. GRPO. Yu et al., *DAPO*, 2025, arXiv:2503.14476. Zheng et al., *GSPO*, 2025,
//:   arXiv:2507.18071. Ahmadian et al., *Back to Basics*, 2024, arXiv:2402.14740: RLOO.
//: - Dong et al., *RAFT*, 2023, arXiv:2304.06767; Xiong et al., *A Minimalist Approach to LLM Reasoning*, 2025,
//:   arXiv:2504.11343.
//: - Yue et al., *Does Reinforcement Learning Really Incentivize Reasoning Capacity Beyond the Base Model?*, 2025,
//:   arXiv:2504.13837: pass@k and its crossing.
//: - Pan et al., *TinyZero*, 2025: Countdown with two rewards. Predibase, *LoRAX*, 2023.
