import Bookshelf
import Courses
import Curriculum
import Foundation
import Kernels
import Notebook
import Pretraining
import SparseCourses
import SparsePretraining
import Storeroom
import Tensors
import Text
import Training
import Transformer
import Tuning

chapter(
  4, "Supervised",
  shows: "what a model learns from a set of right answers, by all its weights or by an adapter",
  needs: "the base models of chapters 2 and 3, which are trained if they are missing",
  takes: "about four minutes the first time, and seconds from then on")

//: @Result Shown a key of right answers thirty times over, the base model gets {{key.practised|.0%}} of the practised problems right and {{key.heldOut|.0%}} of new ones; an adapter that is shown as many searches, {{searches.heldOut|.0%}} of new ones.
//:
//: The base model can calculate and judge, and does not act on its judgement. The obvious remedy is to
//: show it how: to collect problems with good answers, and to train on those as it was trained on everything
//: else. This is **supervised fine-tuning**. It is the cheapest thing that one can do to a model, and the
//: easiest to fool oneself with.
//:
//: ## A set of examples
//:
//: The common form of such a set is a file with a line of JSON for each example: a prompt and its
//: completion, or a conversation. We make one by hand. The third line is broken, as one always is.

let tokenizer = try BaseModel(contentsOf: BaseModel.shelved()).tokenizer
let lines = [
  #"{"prompt": "make 27 from 4 6 3\n", "completion": "<think>\n6*4=24,24+3=27 yes\n</think>"}"#,
  #"{"messages": [{"role": "user", "content": "2+3="}, {"role": "assistant", "content": "5"}]}"#,
  #"{"prompt": "2+3=", "completion": 5}"#,
]
let lessons = lines.map { line in Result { try Tuning.Lesson(parsing: Array(line.utf8)) } }
for (number, lesson) in lessons.enumerated() {
  switch lesson {
  case .success(.completion(let prompt, _)):
    show("line \(number + 1)", "after \(prompt.debugDescription)")
  case .success(.conversation(let turns)): show("line \(number + 1)", "\(turns.count) turns")
  case .failure(let problem): show("line \(number + 1) is bad", problem)
  }
}

//: `LessonSet` reads a whole file so, says the number of every bad line, and stops at the first or goes on,
//: as it is asked. A **conversation** has to become one text, and models differ in how. This is how Qwen2.5 does it, in a
//: form called ChatML: two marks, each a token of its own. Where the library makes tokens of a conversation, it refuses a
//: message that holds one.

show(
  "a conversation",
  ChatML(system: "You are terse.").text(
    of: [Message(.user, "Is seven prime?"), Message(.assistant, "Yes.")]))

//: ## What is learned of an example
//:
//: The prompt is given; the model will never have to write it. So the loss is taken over the completion
//: alone. And over one token more: the one that ends the text. A model that never learns it does not know
//: how to stop, which is the most common accident of fine-tuning: where the same token also fills up short
//: rows of a batch, it is easily masked along with the filling. There is no filling here.

let problem = Problem(numbers: [4, 6, 3], target: 27)
let trace = Trace(problem: problem, attempts: [problem.solutions[0]])
let prompt = tokenizer.encode(problem.prompt)
let end = tokenizer.end!
let example = Example(
  prompt + tokenizer.encode(trace.completion) + [end], given: prompt.count)
table(
  "The example, token by token", columns: ["token", "text", "learned"],
  rows: example.tokens.indices.filter { $0 < 6 || $0 > example.tokens.count - 5 }.map { place in
    [
      place, "`\(tokenizer.decode([example.tokens[place]]).replacing("\n", with: "⏎"))`",
      example.lessons.contains { $0.contains(place) } ? "yes" : "",
    ]
  })
claim("the end of the text is learned", example.lessons.last!.upperBound == example.tokens.count)

//: With $m_t = 1$ for a learned token and $0$ for a given one, the loss of a batch is
//:
//: $$ L = -\frac{1}{\sum_t m_t} \sum_t m_t \log p(x_t \mid x_{<t}) $$
//:
//: over *all* tokens of *all* its texts. Texts of different lengths lie end to end in one **packed** row of
//: tokens, and attention does not look from one into another. So packing changes nothing, not
//: even the last bit:

let base = try BaseModel(contentsOf: BaseModel.shelved())
func gradient(together: Bool) -> [Float] {
  let examples = Problem.all(split: .train).prefix(6).map { problem in
    let trace = Trace(problem: problem, attempts: [problem.solutions[0]])
    let prompt = tokenizer.encode(problem.prompt)
    return Example(prompt + tokenizer.encode(trace.completion) + [end], given: prompt.count)
  }
  var options = Trainer.Options(steps: 1, learningRate: 0)
  options.weightDecay = 0
  options.tokensAtOnce = together ? 1 << 14 : 1
  let trainer = Trainer(base.model, options) { _ in examples }
  _ = try! trainer.takeStep()
  return base.model.parameters.all.flatMap { $0.gradient.floats }
}
claim(
  "six texts in one row give the gradient of six rows, to the bit",
  gradient(together: true) == gradient(together: false))

//: ## All the weights, or a few new ones
//:
//: **Full** fine-tuning changes every weight. Its result is another model, as large as the first, and
//: the optimiser keeps two more numbers for each weight while it learns. For one model this is fine. For a
//: thousand customers it is a thousand models.
//:
//: The update of a weight matrix is itself a matrix, $W' = W + \Delta W$. **LoRA** (Hu et al. 2021) bets
//: that a good one can have low rank: it can be written as the product of a tall matrix and a wide one,
//:
//: $$ \Delta W = \frac{\alpha}{r}\, B A, \qquad A: r \times n, \quad B: m \times r $$
//:
//: with $r$ much smaller than either side. Instead of $mn$ numbers there are $r(m + n)$.
//:
//: ```text
//:               x  [tokens, n]
//:               ├───────────────┐
//:               │               A  [r, n]      random at first
//:    W  [m, n]  │               │
//:    frozen     W               │  [tokens, r]
//:               │               │
//:               │               B  [m, r]      zero at first
//:               └────── + ──────┘
//:                       y  [tokens, m]
//: ```
//:
//: A naive version takes a line, and so does the library's: an adapter stands beside a **projection**, which
//: is anything that can multiply activations.

var generator = Generator(seed: 4)
let (x, w) = (
  Tensor([5, 32], normal: 1, from: &generator), Tensor([24, 32], normal: 0.2, from: &generator)
)
let (a, b) = (
  Tensor([2, 32], normal: 0.2, from: &generator), Tensor([24, 2], normal: 0.2, from: &generator)
)
let beside = x.projected(by: w) + x.projected(by: a).scaled(by: 2).projected(by: b)
let inside = x.projected(by: w + b.scaled(by: 2).product(with: a))
let apart = zip(beside.floats, inside.floats).map { abs($0 - $1) }.max()!
pin("lora.apart", apart)
claim("beside the weight or added to it, the adapter does the same", apart < 1e-5)

//: @Source(Tuning/LoRAProjection.swift, LoRAProjection.callAsFunction(_:))
//:
//: $A$ begins with random numbers and $B$ with zeros. So at first the adapter does nothing, and the model is
//: the base, to the bit. Were $A$ zero as well, no gradient would reach either.

let adapter = Adapter(base.model, LoRAConfiguration(rank: 8, alpha: 16), seed: 1)
let passage = Passage(example.tokens, lengths: [example.tokens.count])
let plain = try BaseModel(contentsOf: BaseModel.shelved()).model
claim("a new adapter changes no bit", adapter.model(passage).floats == plain(passage).floats)
pin("lora.parameters", adapter.parameterCount)
pin("lora.share", Double(adapter.parameterCount) / Double(base.model.configuration.parameterCount))

//: At rank eight it has {{lora.parameters|,}} numbers, {{lora.share|.0%}} of the model's. (In a large model, whose
//: matrices are much larger than eight, it is a hundredth or less.) A trained adapter can be **merged**, added
//: to the weights, and then costs nothing to run; or it stays beside a base that it shares with others, which is how
//: chapter 5 will hand over its result.
//:
//: ## A key of right answers
//:
//: Now the experiment. The **key** has one right answer to each of 512 training problems, without any search
//: before it, always the same one. We train for \num{120} steps of \num{128} texts each, so every answer is seen
//: thirty times: with all weights, and
//: with an adapter of rank eight. (The learning rates were chosen on validation
//: problems, in the studies of this chapter and the next.)

let folder = try BaseModel.shelved()
func course(_ method: Courses.Method, rate: Double, rank: Int? = 8) -> Course {
  var course = Course(method, seed: Seed.current, learningRate: rate, rank: rank)
  course.steps = Size.current.pick(tiny: 4, book: course.steps, large: 2 * course.steps)
  return course
}
// After the few steps of `tiny` nothing is learned, and nothing is claimed.
let isTrained = Size.current != .tiny
let (key, keyFolder) = try course(.key, rate: 1e-3, rank: nil).shelved(folder)
let (lora, loraFolder) = try course(.key, rate: 1e-2).shelved(folder)

func accuracy(_ outcome: Outcome, _ exam: Exam) -> Double { outcome.marks[exam]!.accuracy }
func trajectory(_ outcome: Outcome, _ exam: Exam, _ name: String) -> Series {
  Series(
    name, x: outcome.milestones.map { Double($0.step) },
    y: outcome.milestones.map { $0.accuracy[exam]! })
}
plot(
  "key", title: "Learning from a key", x: Axis("step"),
  y: Axis("share of right answers", range: 0...1),
  series: [
    trajectory(key, .practised, "practised"), trajectory(key, .heldOut, "held out"),
    trajectory(lora, .practised, "practised, adapter"),
    trajectory(lora, .heldOut, "held out, adapter"),
  ],
  caption:
    "Sampled answers to a few of the practised problems, and to problems that were never shown.")
for (name, outcome) in [("key", key), ("lora", lora)] {
  pin("\(name).practised", accuracy(outcome, .practised))
  pin("\(name).heldOut", accuracy(outcome, .heldOut))
}
claim(
  "the key is learned by heart",
  !isTrained || accuracy(key, .practised) > 2 * accuracy(key, .heldOut))

//: The two curves part. After \num{120} steps the model solves {{key.practised|.0%}} of the practised problems and
//: {{key.heldOut|.0%}} of new ones: it has **memorised** the key. The adapter, with a tenth of the numbers, memorises as
//: well: {{lora.practised|.0%}} and {{lora.heldOut|.0%}}.
//:
//: The early part of the curves is worth a look, too.

func best(_ outcome: Outcome) -> Outcome.Milestone {
  outcome.milestones.max { $0.accuracy[.heldOut]! < $1.accuracy[.heldOut]! }!
}
pin("key.best", best(key).accuracy[.heldOut]!)
pin("key.bestStep", best(key).step)

//: The held-out one is highest after {{key.bestStep}} steps, at {{key.best|.0%}} of the few problems that we look at on the
//: way. To stop there is called **early stopping**. But who picks the best of many points on held-out problems has used
//: them up: a point may be best by luck. The study of this chapter chooses the length on other problems, and examines what
//: comes of it on these. For a key of 512 answers it chose {{study.steps.512}} steps, which is all of them: the peak of our
//: curve is nothing to go by. For a key of 64 it chose {{study.steps.64}}, and {{study.stopped.64|.1%}} of new problems
//: instead of {{study.heldOut.64|.1%}} were solved.
//:
//: ## Better texts
//:
//: Did imitation fail, or the key? The base knows how to search, and the key shows answers without a search,
//: which for three numbers nobody can do at a glance. So we show it searches: for each of the same problems
//: one text that tries ways in a random order, gives each its verdict, and stops at the first hit. And, as
//: a third set, the base's own texts: sixteen for each problem, of which a verifier keeps the right ones. Nobody
//: wrote these; they need a checker and no teacher.

let (searches, searchesFolder) = try course(.searches, rate: 1e-3).shelved(folder)
let (own, ownFolder) = try course(.ownTexts, rate: 1e-3).shelved(folder)
let reference = try BaseModel(contentsOf: folder)
let practised = lora.course.material(reference)
let before = Outcome.marks(
  reference.model, reference.tokenizer, practised: practised, .chapter)
let rows: [(name: String, marks: [Exam: Marks])] =
  [("base", before)]
  + [("key", key), ("key, adapter", lora), ("searches", searches), ("own texts", own)].map {
    ($0, $1.marks)
  }
table(
  "The share of right answers, drawn at temperature 1",
  columns: ["learned from"] + Exam.final.map { "\($0)" } + ["greedy, held out", "majority"],
  rows: rows.map { name, marks in
    let exams: [any CustomStringConvertible] = Exam.final.map { marks[$0]!.accuracy }
    return [name] + exams + [marks[.heldOut]!.greedyAccuracy, marks[.heldOut]!.majorityAccuracy]
  })
table(
  "What the texts are like, on held-out problems",
  columns: [
    "learned from", "right form", "true steps", "stops at a hit", "goes on at a miss", "repeats",
    "tokens if right",
  ],
  rows: rows.map { name, marks in
    let marks = marks[.heldOut]!
    return [
      name, marks.format, marks.arithmetic, marks.stops, marks.persists, marks.repeats,
      marks.lengthOfRight ?? 0,
    ]
  })
for (name, outcome) in [("searches", searches), ("own", own)] {
  pin("\(name).practised", accuracy(outcome, .practised))
  pin("\(name).heldOut", accuracy(outcome, .heldOut))
}
pin("base.greedy", before[.heldOut]!.greedyAccuracy)
pin("key.greedy", key.marks[.heldOut]!.greedyAccuracy)
pin("base.pairs", before[.pairs]!.accuracy)
pin("lora.pairs", accuracy(lora, .pairs))
pin("base.heldOut", before[.heldOut]!.accuracy)
pin("base.stops", before[.heldOut]!.stops)
pin("searches.stops", searches.marks[.heldOut]!.stops)
pin("searches.persists", searches.marks[.heldOut]!.persists)
claim(
  "searches teach an adapter more about new problems than answers do",
  !isTrained || accuracy(searches, .heldOut) > accuracy(lora, .heldOut))

//: Held-out problems: {{base.heldOut|.0%}} before, {{lora.heldOut|.0%}} after an adapter has learned from answers,
//: {{own.heldOut|.0%}} from its own right texts, {{searches.heldOut|.0%}} from searches. The teacher of searches changed
//: its habits: it stops at a hit in {{searches.stops|.0%}} of cases, where the base did in {{base.stops|.0%}}, and goes on
//: at a miss in {{searches.persists|.0%}}. For answers and searches it is the same loss, the same problems and as many
//: texts. What differs is what the texts show: *how* the answer is found, in steps that the model can take, or only *which*
//: it is.
//:
claim(
  "greedily the base is better than what learned the key",
  !isTrained || before[.heldOut]!.greedyAccuracy > key.marks[.heldOut]!.greedyAccuracy)

//: And mind what is compared. Drawn at temperature one, the key looks like progress; greedily, the base itself
//: gets {{base.greedy|.0%}} of new problems right, and the model that learned the key {{key.greedy|.0%}}.
//:
//: ## Fresh texts
//:
//: The base wrote its own texts once, before it learned anything. A model that has learned from them would write
//: better ones. So let it write anew at every step, eight texts for each of sixteen problems; keep those that the
//: verifier finds right, and take one step on them. Still the same loss and as many steps, if with fewer texts at
//: each, since wrong ones do not count, and with the larger learning rate that was best for it in the study of
//: chapter 5. This is **RAFT** (Dong et al. 2023), rejection sampling over and over.

let (raft, raftFolder) = try course(.raft, rate: 3e-3).shelved(folder)
pin("raft.practised", accuracy(raft, .practised))
pin("raft.heldOut", accuracy(raft, .heldOut))
claim(
  "fresh texts teach more than those of the start",
  !isTrained || accuracy(raft, .heldOut) > accuracy(own, .heldOut))
func remembered(_ outcome: Outcome) -> Double {
  accuracy(outcome, .practised) - accuracy(outcome, .heldOut)
}
claim(
  "and less is learned by heart than from the key",
  !isTrained || remembered(raft) < remembered(lora))

//: With the texts of the start {{own.heldOut|.0%}} of held-out problems, with fresh ones {{raft.heldOut|.0%}}. It gets
//: {{raft.practised|.0%}} of the practised ones, so it comes to know its problems, too, if by far not as with a
//: key. A model that learns from what it does itself, as far as somebody says that it was good, is what chapter 5 is
//: about.
//:
//: ## With experts
//:
//: The twin of chapter 3 learns from the same searches, in the same order, with an adapter of rank eight beside every matrix,
//: those of the experts among them. The learning rate is the dense model's; nobody chose one for the twin.

let sparse = try SparseBaseModel(contentsOf: SparseBaseModel.shelved())
let sparseFolder = try SparseCourse(course(.searches, rate: 1e-3)).shelved(sparse)
let sparseMarks = try [sparse.model, SparseCourse.model(in: sparseFolder, beside: sparse)].map {
  Marks(
    $0, sparse.tokenizer,
    on: Exam.heldOut.problems(Outcome.Rigour.chapter.heldOut, of: practised),
    drawn: Outcome.Rigour.chapter.heldOutDrawn)
}
table(
  "Held-out problems: dense and with experts",
  columns: ["", "one answer", "greedy", "majority of 16", "stops at a hit", "goes on at a miss"],
  rows: [
    ("base", before[.heldOut]!), ("base with experts", sparseMarks[0]),
    ("searches", searches.marks[.heldOut]!), ("searches with experts", sparseMarks[1]),
  ].map { name, marks in
    [
      name, marks.accuracy, marks.greedyAccuracy, marks.majorityAccuracy, marks.stops,
      marks.persists,
    ]
  })
func perProblem(_ marks: Marks) -> [Double] {
  marks.right.map { Double($0) / Double(marks.drawn) }
}
let sparseLead = PairedDifference(
  perProblem(sparseMarks[1]), over: perProblem(searches.marks[.heldOut]!))
pin("sparse.heldOut", sparseMarks[1].accuracy)
pin("sparse.lead", sparseLead.mean)
pin("sparse.low", sparseLead.low)
pin("sparse.high", sparseLead.high)
claim(
  "searches teach the mixture as well",
  !isTrained || sparseMarks[1].accuracy > sparseMarks[0].accuracy)

//: The mixture reaches {{sparse.heldOut|.0%}}. Problem by problem the difference to the dense model is {{sparse.lead|.1%}},
//: with bounds of {{sparse.low|.1%}} and {{sparse.high|.1%}} over the problems; another seed would move both.
//:
//: ## What was forgotten
//:
//: Training for one thing costs others. The **divergence** from the base says how much has moved: over texts
//: that the base writes, how surprised the tuned model is beyond what it must be,
//: $\mathrm{KL}(p_\text{base} \,\|\, p_\text{tuned})$ in nats a token. We can compute it exactly, since at each token
//: both distributions are there. And there is the old exam of chapter 2: single steps.

func facts(_ model: Transformer) -> Double {
  let steps = Step.elementary.enumerated().filter { $0.offset % 5 == 0 }.map(\.element)
  let answers = Writer(model, sampling: .greedy, limit: 1)(
    steps.map { tokenizer.encode($0.question) })
  return Double(zip(steps, answers).count { tokenizer.decode($1.tokens) == "\($0.result)" })
    / Double(steps.count)
}
func adapted(_ adapter: URL) throws -> Transformer {
  try Adapter(contentsOf: adapter, for: BaseModel(contentsOf: folder).model).model
}
let taught: [(name: String, outcome: Outcome, model: Transformer)] = [
  ("key", key, try BaseModel(contentsOf: keyFolder).model),
  ("key, adapter", lora, try adapted(loraFolder)),
  ("searches", searches, try adapted(searchesFolder)),
  ("own texts", own, try adapted(ownFolder)),
  ("own texts, fresh", raft, try adapted(raftFolder)),
]
table(
  "How far from the base, in nats a token, and what is left of the single steps",
  columns: [
    "learned from", "over the base's texts", "over its own texts", "entropy", "single steps",
  ],
  rows: taught.map { name, outcome, model in
    [
      name, outcome.distance.forward, outcome.distance.reverse, outcome.distance.entropy,
      facts(model),
    ]
  })
pin("facts.base", facts(reference.model))
pin("facts.key", facts(taught[0].model))
pin("facts.own", facts(taught[3].model))
pin("facts.raft", facts(taught[4].model))

let moved = taught.map { $0.outcome.distance.forward }
claim(
  "all weights that learn the key move furthest, and what learns its own texts moves least",
  !isTrained || (moved[0] == moved.max() && moved[3] == moved.min()))

//: The key's texts are the least like the base's, and they cost most. What the base wrote itself is nearest to it.
//: Of the single steps, which no set contains as such, the model that learned the key still knows {{facts.key|.0%}}, the one that
//: learned its own texts {{facts.own|.0%}}, and the base {{facts.base|.0%}}. Fresh texts have a price: of the single steps
//: {{facts.raft|.0%}} are left.
//:
//: ## More of the same
//:
//: One run with one seed shows what can happen. The study of this chapter (`make study N=4`) trains on keys
//: of 64 to 8192 examples, with all weights and with adapters of several ranks, three times each: its page is
//: [the study of this chapter](studies/04-supervised.md).
//:
//: ![How much of a key is learned by heart](studies/figures/04-size.svg)
//:
//: With \num{8192} different answers there is less to gain from memorising each, and held-out problems reach
//: {{study.heldOut.8192|.0%}}, where a key of \num{64} leaves them at {{study.heldOut.64|.0%}}. "Fine-tuning
//: memorises" is a statement about few examples and many epochs.
//:
//: ## Where it breaks
//:
//: - A key teaches what it shows. Problems of two numbers, which the base solved in {{base.pairs|.0%}} of cases, are
//:   solved in {{lora.pairs|.0%}} by what learned the key for three. And nothing that we showed makes four numbers, or larger
//:   ones, solvable: there everybody is at zero.
//: - What we call *searches* needed a teacher that can search. For most tasks nobody has a million good
//:   thoughts lying about. The own texts, fresh or not, needed a verifier only, and chapter 5 goes on from there.
//: - The learning rate of the adapter was chosen for rank eight; one for each rank might favour the others.
//: - The curves on the way are over \num{64} problems of a kind: a difference of a few points there means nothing.
//:
//: ## Summary
//:
//: - Supervised fine-tuning is the old loss, over completions and the tokens that end them.
//: - LoRA learns a product of two narrow matrices beside each weight, which begins as nothing.
//: - A small key, seen often, is memorised; the accuracy on practised problems says nothing.
//: - What the texts show matters more than how they are learned: searches teach to search.
//:
//: ## References
//:
//: - Hu et al., *LoRA: Low-Rank Adaptation of Large Language Models*, 2021, arXiv:2106.09685. Kalajdzievski, *A Rank
//:   Stabilization Scaling Factor for Fine-Tuning with LoRA*, 2023, arXiv:2312.03732.
//: - Ouyang et al., *Training language models to follow instructions with human feedback*, 2022, arXiv:2203.02155.
//: - Dong et al., *RAFT: Reward rAnked FineTuning*, 2023, arXiv:2304.06767.
//: - Zelikman et al., *STaR: Bootstrapping Reasoning With Reasoning*, 2022, arXiv:2203.14465: own texts, verified.
//: - Gandhi et al., *Stream of Search*, 2024, arXiv:2404.03683: searches as texts, on Countdown.
//: - Chu et al., *SFT Memorizes, RL Generalizes*, 2025, arXiv:2501.17161, and the answer by Lin et al., *Debunk the
//:   Myth of SFT Generalization*, 2025, arXiv:2510.00237.
