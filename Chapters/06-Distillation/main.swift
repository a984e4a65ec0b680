import Compression
import Courses
import Curriculum
import Distillation
import Finishing
import Foundation
import Kernels
import Notebook
import Shipping
import Storeroom
import Tensors
import Training
import Transformer

chapter(
  6, "Distillation",
  shows: "how a small model learns from a large one, and what it would have learned alone",
  needs: "nothing but this checkout; the models of earlier chapters are made if they are missing",
  takes: "about three minutes")

// snippet.hide
let writing = writingApart()
// snippet.show

//: @Result A student with {{board.share|.0%}} of the bytes is {{board.divergence|2}} nats a token from its teacher, and {{board.control|2}} if it read the same without one; right it is in {{board.right|.1%}} and {{board.controlRight|.1%}} of cases, where the teacher is in {{board.teacherRight|.0%}}.
//:
//: The model of chapter 5 is finished: it does what it was made to do. From here on we make it smaller. There are
//: six ways, and seven chapters. The first way keeps nothing of the model but its opinions. A new and smaller
//: model, the **student**, is trained to say what the large one, the **teacher**, says. This is
//: **knowledge distillation**.
//:
//: ## What a token tells
//:
//: A text tells its reader at each place one thing, namely which token came next. The teacher could tell
//: more: how likely each of the others would have been. Here is what it thinks at some places of a
//: text of its own.

let finished = try FinishedModel.shelved()
let tokenizer = finished.tokenizer
func spoken(_ token: Int32) -> String {
  "`\(tokenizer.decode([token]).replacing("\n", with: "⏎"))`"
}
let example = finished.validation[0]
let inputs = Array(example.tokens.dropLast())
let opinions = finished.model(Passage(inputs, lengths: [inputs.count]))
let entropies = (0..<inputs.count).map { entropy(of: opinions.row($0)) }
func entropy(of logits: [Float]) -> Double {
  let p = Tensor([1, logits.count], logits).softmax().floats.map(Double.init)
  return p.reduce(0) { $0 - ($1 > 0 ? $1 * logarithm($1) : 0) }
}
let completion = example.given - 1..<inputs.count
let doubtful = completion.sorted { (entropies[$0], $1) > (entropies[$1], $0) }.prefix(4).sorted()
table(
  "Where it is least sure, and what it holds possible there",
  columns: ["after", "entropy, nats", "first", "share", "second", "share ", "came"],
  rows: doubtful.map { place in
    let shares = Tensor([1, opinions.shape[1]], opinions.row(place)).softmax().floats
    let order = shares.indices.sorted { (shares[$0], $1) > (shares[$1], $0) }
    return [
      "`\(tokenizer.decode(Array(inputs[max(0, place - 5)...place])).replacing("\n", with: "⏎"))`",
      entropies[place], spoken(Int32(order[0])), Double(shares[order[0]]),
      spoken(Int32(order[1])), Double(shares[order[1]]), spoken(example.tokens[place + 1]),
    ]
  })
pin("entropy.sure", Double(completion.count { entropies[$0] < 0.1 }) / Double(completion.count))

//: In this text it is all but sure (below \num{0.1} nats) at {{entropy.sure|.0%}} of the places. There the text tells as much as the
//: teacher does. That sets a bound to what we may hope for, and it is peculiar to our task: in `6*4=` nothing
//: is a matter of taste.
//:
//: ## The loss
//:
//: Let $z_s$ and $z_t$ be the logits of student and teacher. Divided by a **temperature** $T$ they give softer
//: distributions, $p_s = \mathrm{softmax}(z_s / T)$ and $p_t$ likewise, in which what is
//: unlikely but not impossible is easier to see. The student is to minimise
//:
//: $$ L = (1 - \alpha) \left( -\ln p_s^{T=1}(\text{truth}) \right) + \alpha\, T^2\, \mathrm{KL}(p_t \,\|\, p_s) $$
//:
//: (Hinton et al. 2015). Why $T^2$? The teacher's part is $\mathrm{KL} = \sum_i p_{t,i} (\ln p_{t,i} - \ln p_{s,i})$, with
//: $\ln p_{s,i} = z_{s,i}/T - \ln \sum_j e^{z_{s,j}/T}$. The slope of the logarithm by a logit is
//: $\partial \ln p_{s,i} / \partial z_{s,j} = (\delta_{ij} - p_{s,j}) / T$, and since the $p_{t,i}$ sum to one,
//:
//: $$ \frac{\partial\, \mathrm{KL}}{\partial z_{s,j}} = \frac{p_{s,j} - p_{t,j}}{T}, \qquad \frac{\partial\, T^2\, \mathrm{KL}}{\partial z_{s,j}} = T\, (p_{s,j} - p_{t,j}) $$
//:
//: At a high temperature the difference itself shrinks like $1/T$, since both distributions become flat. So with
//: the factor the gradient keeps its size, and without it, it would fall like $1/T^2$, and $\alpha$ would mean something else at
//: each temperature. Does our tape agree?

let (theirs, ours) = (
  Tensor([[2.0, 0.5, -1, 0, -3]] as [[Float]]), Tensor([[0.1, 0.9, 0.3, -2, 0]] as [[Float]])
)
func identity(_ temperature: Float) -> (byHand: [Float], byTape: [Float]) {
  let loss = DistillationLoss(temperature: temperature)
  let taped = gradient(at: [ours]) { loss(student: $0[0], teacher: theirs, targets: [0]) }
  let (p, q) = (
    ours.scaled(by: 1 / temperature).softmax(), theirs.scaled(by: 1 / temperature).softmax()
  )
  return ((p - q).scaled(by: temperature).floats, taped.gradients[0].floats)
}
table(
  "The gradient by five logits", columns: ["T", ""] + (1...5).map { "\($0)" },
  rows: [Float(1), 2, 8].flatMap { temperature -> [[any CustomStringConvertible]] in
    let (byHand, byTape) = identity(temperature)
    return [
      [Int(temperature), "T (p_s − p_t)"] + byHand.map(Double.init),
      [Int(temperature), "the tape"] + byTape.map(Double.init),
    ]
  })
let largest = [Float(1), 2, 8].flatMap { zip(identity($0).byHand, identity($0).byTape) }
  .map { abs($0 - $1) }.max()!
pin("identity.apart", largest)
claim("derived and computed gradients agree to a millionth", largest < 1e-6)

//: @Source(Distillation/DistillationLoss.swift, DistillationLoss.callAsFunction(student:teacher:targets:))
//:
//: ## Which way to measure
//:
//: The divergence is not symmetric. **Forward**, $\mathrm{KL}(p_t \| p_s)$, punishes a student that misses what the
//: teacher holds possible. **Reverse**, $\mathrm{KL}(p_s \| p_t)$, punishes one that says what the teacher holds
//: impossible. Between them lie the **Jensen-Shannon** divergences, which compare both with a mixture and
//: cannot become larger than a bound. As long as the student can do what the teacher does, all have the same minimum, zero.
//: It is for a student who cannot that the choice matters. So we take a teacher with two peaks and a student that
//: can have only one: logits that are a parabola, $z_s(x) = a x + b x^2$.

let grid = (0...40).map { Float($0) / 20 - 1 }
let basis = Tensor([grid.map { 8 * $0 }, grid.map { 8 * $0 * $0 }])
func peak(_ x: Float, at center: Float) -> Float {
  let distance = (x - center) / 0.15
  return Float(exponential(Double(-distance * distance / 2)))
}
let twoPeaks = Tensor(
  [1, grid.count],
  grid.map { Float(logarithm(Double(0.65 * peak($0, at: -0.5) + 0.35 * peak($0, at: 0.5) + 1e-4))) }
)
func fitted(_ divergence: Divergence) -> Tensor {
  var shape = Tensor([1, 2], [-2, -2])
  for _ in 0..<6000 {
    let slope = gradient(at: [shape]) {
      divergence(student: $0[0].product(with: basis), teacher: twoPeaks)
    }.gradients[0]
    shape = shape - slope.scaled(by: 0.05)
  }
  return shape.product(with: basis).softmax()
}
let divergences: [(String, Divergence)] = [
  ("forward", .forward), ("Jensen-Shannon", .jensenShannon(0.5)), ("reverse", .reverse),
]
let fits = divergences.map { ($0.0, fitted($0.1).floats.map(Double.init)) }
plot(
  "peaks", title: "One peak for two", x: Axis("x"), y: Axis("probability"),
  series: ([("teacher", twoPeaks.softmax().floats.map(Double.init))] + fits).map {
    Series($0.0, x: grid.map(Double.init), y: $0.1)
  },
  caption:
    "The best parabola by three divergences. Forward covers both peaks and what is between them; reverse takes one."
)
func between(_ p: [Double]) -> Double { p[16...24].reduce(0, +) }
pin("peaks.forward", between(fits[0].1))
pin("peaks.reverse", between(fits[2].1))
pin("peaks.teacher", between(twoPeaks.softmax().floats.map(Double.init)))
claim(
  "forward says more of what the teacher seldom says than reverse does",
  between(fits[0].1) > between(fits[2].1))

//: In the middle fifth, where the teacher puts {{peaks.teacher|.1%}}, the forward student puts {{peaks.forward|.0%}} and the reverse one
//: {{peaks.reverse|.1%}}. (Both began at the left peak. Reverse has a minimum at each, and keeps the one that it is near.) For a model that writes this is the difference between nonsense at times and a lack of ideas.
//:
//: ## Students
//:
//: Now in earnest. Our students start from nothing. At each step they read four of the teacher's own
//: texts, of which it has left us {{texts.count|,}}, and eight new pages of the curriculum, from which the teacher itself
//: began, and which cost nothing. Their heads are as wide as
//: the teacher's, and everything else is in proportion.

pin("texts.count", finished.texts.count)
func school(
  taught: Float, width: Int = 64, layers: Int = 4, rate: Double = 4e-3, temperature: Float = 1
) -> Schooling {
  var school = Schooling(teacherShare: taught)
  (school.width, school.layers, school.learningRate) = (width, layers, rate)
  school.temperature = temperature
  school.steps = Size.current.pick(tiny: 3, book: 600, large: 2000)
  return school
}

//: @Source(Shipping/Schooling.swift, Schooling.teach(_:by:onStep:))
//:
//: The control is built in. With $\alpha = 0$ the same student reads the same texts in the same order for as many
//: steps, and learns which token came. It is no straw man: the texts are the teacher's, so that imitating them
//: is a distillation as well, of **sequences** (Kim and Rush 2016). What is measured is the worth of the
//: *logits*.
//:
//: A rate that suits one need not suit the other. So each chooses its own, by texts about validation problems:

func nearness(_ student: Student) -> Fidelity {
  Fidelity(of: student.model, to: finished.model, on: finished.validation)
}
let rates = [2e-3, 4e-3]
let searched = try [Float(1), 0].map { taught in
  try rates.map { nearness(try [school(taught: taught, rate: $0)].shelved(finished)).divergence }
}
table(
  "Divergence from the teacher on validation texts, in nats a token",
  columns: ["peak learning rate"] + rates.map { "\($0)" },
  rows: zip(["taught", "without a teacher"], searched).map { [$0] + $1 })
func best(_ divergences: [Double]) -> Double {
  rates[divergences.indices.min { divergences[$0] < divergences[$1] }!]
}
let (taughtRate, untaughtRate) = (best(searched[0]), best(searched[1]))
pin("rate.taught", taughtRate)
pin("rate.untaught", untaughtRate)

//: {{rate.taught}} and {{rate.untaught}}. And the temperature, and how much of the truth to mix in?

let mixtures: [(String, Schooling)] = [
  ("the truth alone", school(taught: 0, rate: untaughtRate)),
  ("half and half", school(taught: 0.5, rate: taughtRate)),
  ("the teacher alone", school(taught: 1, rate: taughtRate)),
  ("the teacher at T = 2", school(taught: 1, rate: taughtRate, temperature: 2)),
]
let mixed = try mixtures.map { ($0.0, nearness(try [$0.1].shelved(finished))) }
table(
  "What is learned of the same texts, judged on validation texts",
  columns: ["", "divergence", "more surprised", "same token"],
  rows: mixed.map { [$0.0, $0.1.divergence, $0.1.lossDifference, $0.1.agreement] })
for (name, (_, fidelity)) in zip(["truth", "half", "teacher", "warm"], mixed) {
  pin("mixed.\(name)", fidelity.divergence)
}
let chosen = (1..<mixtures.count).min { mixed[$0].1.divergence < mixed[$1].1.divergence }!
pin("mixed.chosen", mixtures[chosen].0)
func taughtSchool(width: Int = 64, layers: Int = 4) -> Schooling {
  var school = mixtures[chosen].1
  (school.width, school.layers) = (width, layers)
  return school
}

//: In nats from the teacher: {{mixed.truth|3}} with the truth alone, {{mixed.half|3}} with half of it, {{mixed.teacher|3}} with the teacher
//: alone, {{mixed.warm|3}} with a teacher at temperature two. The nearest of the taught is the one with *{{mixed.chosen}}*, and whenever we
//: say *taught* from here on, we mean it. With one seed each, small differences among the three mean little.

func curve(_ name: String, _ student: Student) -> Series {
  // A mean over ten steps, for the eye.
  let places = stride(from: 0, to: student.losses.count - 9, by: 10)
  return Series(
    name, x: places.map { Double($0 + 10) },
    y: places.map { student.losses[$0..<$0 + 10].reduce(0, +) / 10 })
}
let (taught, untaught) = (
  try [taughtSchool()].shelved(finished), try [mixtures[0].1].shelved(finished)
)
plot(
  "losses", title: "Two losses", x: Axis("step"), y: Axis("loss", unit: "nats a token"),
  series: [
    curve("distance from the teacher", try [mixtures[2].1].shelved(finished)),
    curve("surprise at the truth", untaught),
  ],
  caption:
    "Each learns to lower its own. The second cannot fall below the entropy of the texts, the first can reach zero."
)

//: ## Size
//:
//: Narrower and wider students, and one with half of the layers, each with its control.

let shapes = [(32, 4), (64, 2), (64, 4), (96, 4)]
let pairs = try shapes.map { width, layers in
  (
    try [taughtSchool(width: width, layers: layers)].shelved(finished),
    try [school(taught: 0, width: width, layers: layers, rate: untaughtRate)].shelved(finished)
  )
}
let original = try Treatment.original.shelved(finished)
let held = pairs.map { taught, untaught in
  [taught, untaught].map {
    Fidelity(of: $0.model, to: finished.model, on: finished.heldOut)
  }
}
let fileSizes = try pairs.map { Double(try $0.0.artefact.report().bytes) / 1000 }
let teacherSize = Double(try original.report().bytes) / 1000
table(
  "Students on held-out texts",
  columns: [
    "width", "layers", "file, kB", "of the teacher's", "divergence, taught", "untaught",
    "same token, taught", "untaught ",
  ],
  rows: shapes.indices.map { index in
    [
      shapes[index].0, shapes[index].1, fileSizes[index], fileSizes[index] / teacherSize,
      held[index][0].divergence, held[index][1].divergence, held[index][0].agreement,
      held[index][1].agreement,
    ]
  })
let bySize = shapes.indices.sorted { fileSizes[$0] < fileSizes[$1] }
plot(
  "sizes", title: "What a size is worth", x: Axis("file", unit: "kB"),
  y: Axis("divergence from the teacher", unit: "nats a token"),
  series: ["taught", "without a teacher"].enumerated().map { number, name in
    Series(
      name, x: bySize.map { fileSizes[$0] }, y: bySize.map { held[$0][number].divergence })
  },
  caption: "Equal texts, equal steps. What lies between the curves is due to the logits.")
for (index, shape) in shapes.enumerated() {
  pin("size.\(shape.0)x\(shape.1).taught", held[index][0].divergence)
  pin("size.\(shape.0)x\(shape.1).untaught", held[index][1].divergence)
}
pin("size.wins", held.count { $0[0].divergence < $0[1].divergence })

//: Of the four students {{size.wins}} are nearer to the teacher with its logits than without. At width \num{64} and four layers it is
//: {{size.64x4.taught|3}} against {{size.64x4.untaught|3}} nats.
//:
//: And in milliseconds? Fewer numbers are fewer to read, but each of the many small operations of a token has
//: a cost of its own, so time falls more slowly than bytes.

let paces = Pace.measure(
  [finished.model] + pairs.map(\.0.model), prompt: example.prompt,
  rounds: Size.current.pick(tiny: 1, book: 3, large: 9))
table(
  "What a student costs", columns: ["", "file, kB", "ms a token", "writes 64, k/s"],
  rows: paces.indices.map { index in
    let pace = paces[index]
    let name = index == 0 ? "teacher" : "\(shapes[index - 1].0) wide, \(shapes[index - 1].1) layers"
    return [
      name, index == 0 ? teacherSize : fileSizes[index - 1], pace.median, pace.writing / 1000,
    ]
  }, measured: true)

//: ## On its own texts
//:
//: A student that only reads its teacher's texts never learns what to do after a mistake of its own, of which the
//: teacher makes few. **On-policy** distillation (Agarwal et al. 2023) lets the student write and the teacher read:
//: after each token that the student wrote, the teacher says what it would have held possible. It is chapter 5's
//: loop, the rollouts included, with a reward for every token in the place of one for the whole text.
//:
//: @Source(Distillation/OnPolicy.swift, OnPolicy.examples(_:_:by:))
//:
//: We continue with the student of width \num{64}, once with its own texts and once with as many of its teacher's.

let first = taughtSchool()
let steps = Size.current.pick(tiny: 2, book: 75, large: 500)
let onPolicy = first.practice(steps: steps, ownShare: 1)
let writes = try [first, onPolicy].shelved(finished)
/// How many steps of the same phase on the teacher's texts have as many tokens.
func stepsWorth(_ tokens: Int) -> Int {
  let phase = first.practice(steps: steps, ownShare: 0)
  var (taken, read) = (0, 0)
  while read < tokens {
    read += phase.batch(taken, of: finished).reduce(0) { $0 + $1.learned }
    taken += 1
  }
  return taken
}
let offSteps = stepsWorth(writes.artefact.making.tokens)
let reads = try [first, first.practice(steps: offSteps, ownShare: 0)].shelved(finished)
func distances(_ model: Transformer) -> (onTheirs: Double, onOwn: Double) {
  let prompts = finished.heldOut.map(\.prompt)
  let texts = Writer(model, seed: 6, limit: Course.limit, stopTokens: [finished.end])(prompts)
  let own = zip(prompts, texts).map { Example($0 + $1.tokens, given: $0.count) }
  // The student wrote these, so it is the student's distribution over which the mean is taken.
  return (
    Fidelity(of: model, to: finished.model, on: finished.heldOut).divergence,
    Fidelity(of: finished.model, to: model, on: own).divergence
  )
}
let phases = [("before", taught)] + [("the teacher's texts", reads), ("its own texts", writes)]
let found = phases.map { distances($0.1.model) }
table(
  "A second phase, on held-out problems, in nats a token",
  columns: ["", "tokens", "KL(t ‖ s) on the teacher's texts", "KL(s ‖ t) on its own"],
  rows: phases.indices.map { index in
    [
      phases[index].0, phases[index].1.artefact.making.tokens, found[index].onTheirs,
      found[index].onOwn,
    ]
  })
pin("policy.before.theirs", found[0].onTheirs)
pin("policy.before.own", found[0].onOwn)
pin("policy.off.theirs", found[1].onTheirs)
pin("policy.off.own", found[1].onOwn)
pin("policy.on.theirs", found[2].onTheirs)
pin("policy.on.own", found[2].onOwn)
pin("policy.steps", steps)
pin("policy.offSteps", offSteps)

//: A student that seldom finds the end of a thought writes long texts. So {{policy.steps}} steps on its own texts have as many tokens as
//: {{policy.offSteps}} on the teacher's, and we compare at equal tokens. On the teacher's texts the one stands at {{policy.on.theirs|3}} and
//: the other at {{policy.off.theirs|3}} nats; on what the student writes itself, where it is the student's distribution that
//: counts, at {{policy.on.own|3}} and {{policy.off.own|3}}. Before, it was {{policy.before.theirs|3}} and {{policy.before.own|3}}. So for this student the
//: method does not pay, not even where it should. That is no mystery. A student that still calculates badly writes
//: sums that are wrong and searches that lead nowhere, and about such texts the teacher, which never met any, has
//: opinions that are no guide. It is a method for a student that is nearly good. And writing comes on top.
//:
//: ## The artefacts
//:
//: For the comparisons of the chapters to come we bring up one student for longer: width \num{64}, more than twice as many steps,
//: with the teacher alone, and a last phase on its own texts. Its control has as many steps, all with the truth, the last phase
//: on the teacher's texts. It is more than a control of this chapter: whatever we do to the teacher in others
//: should be better than a small model simply trained.

let board = try Scoreboard([.original, .distilled, .untaught], of: finished, memory: writing)
board.show()
let (teacher, student, control) = (
  board[.original].inspection, board[.distilled].inspection, board[.untaught].inspection
)
pin("board.share", Double(student.weight.bytes) / Double(teacher.weight.bytes))
pin("board.divergence", student.fidelity.divergence)
pin("board.control", control.fidelity.divergence)
pin("board.teacherRight", teacher.marks.accuracy)
pin("board.right", student.marks.accuracy)
pin("board.controlRight", control.marks.accuracy)
pin("board.facts", student.facts)
pin("board.controlFacts", control.facts)
pin("board.arithmetic", student.marks.arithmetic)
pin("board.controlArithmetic", control.marks.arithmetic)
pin("board.teacherArithmetic", teacher.marks.arithmetic)
pin("board.agreement", student.fidelity.agreement)
pin("board.tokens", board[.distilled].artefact.making.tokens)
claim(
  "a student brought up from nothing is no better at problems than its teacher",
  student.marks.accuracy <= teacher.marks.accuracy)

//: The student is {{board.divergence|3}} nats from its teacher, and its control {{board.control|3}}. Whatever the logits gave, it is
//: gone after a longer schooling and a last phase on-policy; how much of that is due to the one and how much to the other, these tables
//: cannot tell.
//:
//: The student's file has {{board.share|.0%}} of the bytes. It agrees with its teacher about the likeliest token in {{board.agreement|.0%}} of
//: cases, and its steps are true in {{board.arithmetic|.0%}}, where the teacher's are in {{board.teacherArithmetic|.0%}} and the control's in
//: {{board.controlArithmetic|.0%}}. Problems it solves in {{board.right|.1%}} of cases, its control in {{board.controlRight|.1%}}, the teacher in
//: {{board.teacherRight|.0%}}. A text has a hundred tokens and more, and each is a chance to go wrong; an average over tokens hides
//: that. This is why the tables of these chapters have both.
//:
//: ## Where it breaks
//:
//: - A student from nothing has everything to learn, and the teacher's weights, in which it all is, are thrown away. The
//:   base model learned \num{9} million tokens, the distilled student {{board.tokens|,}}. Chapters 8 and 9 cut the student
//:   out of the teacher instead, and use this chapter's loss for healing.
//: - The gain over training on the teacher's texts is what the logits add, and where the teacher is sure they add nothing. In open-ended
//:   text, where many words would do, there is more to be told.
//: - A step with a teacher costs the teacher's forward pass as well, and for a teacher four times as large that doubles it. At equal *time*
//:   instead of equal texts, the control could have read about twice as much.
//: - One seed each, and a small search: of the learning rates the higher won for both, and no still higher one was tried. The
//:   differences between mixtures are small, and we would not bet on their order.
//:
//: ## Summary
//:
//: - A distillation makes a student's distribution that of its teacher. The gradient on the logits is the difference
//:   of the two, times the temperature if the loss has the factor $T^2$.
//: - Forward divergence covers, reverse selects. It matters to students that cannot do both.
//: - The control is the same student on the same texts. It is a strong one, because the texts are the teacher's own, and the
//:   logits add only what the teacher was unsure of.
//: - On-policy, the student writes and the teacher reads. A student that writes nonsense learns little from it.
//:
//: ## References
//:
//: - Hinton, Vinyals and Dean, *Distilling the Knowledge in a Neural Network*, 2015, arXiv:1503.02531.
//: - Kim and Rush, *Sequence-Level Knowledge Distillation*, 2016, arXiv:1606.07947.
//: - Sanh et al., *DistilBERT, a distilled version of BERT*, 2019, arXiv:1910.01108: a student that starts from its teacher's layers.
//: - Gu et al., *MiniLLM: Knowledge Distillation of Large Language Models*, 2023, arXiv:2306.08543: the reverse divergence.
//: - Agarwal et al., *On-Policy Distillation of Language Models*, 2023, arXiv:2306.13649: the student's own texts.
