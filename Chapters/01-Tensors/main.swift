import Foundation
import Kernels
import Notebook
import Tensors

chapter(
  1, "Tensors",
  shows: "how a language model's arithmetic works, from an array of floats to a trained network",
  needs: "nothing but this checkout",
  takes: "less than ten seconds")

//: @Result A network learns to add from examples: {{adder.exam.accuracy|%}} of unseen questions right, and {{adder.plain.exam|%}} without weight decay.
//:
//: A language model is a long list of numbers and a short list of things to do with them. This
//: chapter builds the short list. We start from a Swift array, and end with a small network that
//: has taught itself arithmetic it was never shown.
//:
//: On the way we make three promises that the rest of the book leans on. The arithmetic is
//: **fast**: as fast as the best library for this processor. It is **exact**: the same program
//: prints the same digits on one core or on many, today or next year. And it is **checked**:
//: every gradient against a measured slope, every network against an independent implementation.
//: Every number you read here was printed by the code beside it.
//:
//: ## A tensor is a block of numbers with a shape
//:
//: A **tensor** is a run of floats in memory and a **shape** that says how to read them. The
//: shape `[2, 3]` reads six floats as two rows of three.

let x = Tensor([[1, 2, 3], [4, 5, 6]])
show("x", x)

//: The floats are stored **row-major**: row after row, each row's elements side by side. Element
//: `[i, j]` of a matrix with `width` columns is float number `i · width + j`, and that is all
//: there is to indexing.

let (i, j) = (1, 0)
show("x[1, 0]", x[i, j])
claim("an element is found at i · width + j", x.floats[i * x.shape.width + j] == x[i, j])

//: Giving the same floats another shape is free, because nothing moves.

show("the same floats as [3, 2]", x.reshaped(to: [3, 2]))

//: Here is the whole type. It has three parts: the shape, the **storage** that holds the floats,
//: and a **node** that stays empty until we ask for gradients, further down.
//:
//: @Source(Tensors/Tensor.swift, Tensor)
//:
//: A tensor is never changed after it is made. Copying one copies a reference, an operation makes
//: a new one, and so nobody ever has to ask who else is looking at these floats. The price is a
//: lot of short-lived memory, and fresh memory is surprisingly dear: the system has to map it, and
//: then fault it in page by page. So storage comes from a pool that remembers freed blocks.

let before = Pool.statistics.misses
for _ in 1...1000 { _ = x + x }
pin("pool.misses", Pool.statistics.misses - before)

//: The first of these thousand additions had to ask the system for memory; all the others found
//: what the one before had left.
//:
//: ## The product of two matrices
//:
//: Nearly all the time a language model takes goes into one operation: the matrix product
//:
//: $$C_{ij} = \sum_k A_{ik} B_{kj}$$
//:
//: For square matrices of size $n$ that is $n^3$ multiplications and as many additions. We count
//: both and call the sum $2n^3$ **floating-point operations**. Let us climb a ladder of four
//: implementations, all of them correct. The first is the formula, letter by letter.

func naive(_ a: [Float], _ b: [Float], _ n: Int) -> [Float] {
  var c = [Float](repeating: 0, count: n * n)
  for i in 0..<n {
    for j in 0..<n {
      var sum: Float = 0
      for k in 0..<n { sum = sum.addingProduct(a[i * n + k], b[k * n + j]) }
      c[i * n + j] = sum
    }
  }
  return c
}

//: `sum.addingProduct(a, b)` is a **fused multiply-add**: it computes $sum + a \cdot b$ and rounds
//: once instead of twice. Every processor we care about has it as one instruction.
//:
//: The inner loop walks down a column of $B$, and a column is the worst way to read memory: every
//: step lands on another **cache line**, of whose sixteen floats it uses one. The second rung
//: changes the order of the loops: it goes along rows of $B$ and $C$. And it takes $B$ in blocks of
//: a few rows, small enough to stay in a cache while all of $A$ passes by.

func blocked(_ a: [Float], _ b: [Float], _ n: Int, block: Int = 64) -> [Float] {
  var c = [Float](repeating: 0, count: n * n)
  var sums = c.mutableSpan
  let b = b.span
  for k0 in stride(from: 0, to: n, by: block) {
    for i in 0..<n {
      for k in k0..<min(k0 + block, n) {
        let x = a[i * n + k]
        for j in 0..<n { sums[i * n + j] = sums[i * n + j].addingProduct(x, b[k * n + j]) }
      }
    }
  }
  return c
}

//: Neighbouring columns do not depend on each other, so the compiler turns the innermost loop into
//: vector instructions, which handle many of them at once. (It does so because the **spans**, views
//: of the arrays, let it check the bounds outside of the loop.) What limits this version is that
//: every multiply-add loads an element of $C$ and stores it back. The third rung holds a small
//: **tile** of $C$ in registers while hundreds of products are added to it. This is the library's
//: kernel:
//:
//: @Source(Kernels/Tile.swift, Tile.multiply(_:aRow:aStep:))
//:
//: A `Lane` is sixteen floats that are computed with as one. The numbers of `rows` and `columns` are
//: known to the compiler, so it writes the short loops out, and `sums` are registers. Of every step
//: of the depth, what remains is to load a few lanes of $B$ and one number for each row of $A$, and
//: to start a multiply-add for each pair of them. $B$ has been copied into the order in which the
//: tile reads it, and the prefetches announce where the next tile will write.
//:
//: The fourth rung is OpenBLAS, the library behind NumPy and many others, which is written in
//: assembly, once for each family of processors. It has to recognise the processor for that, and
//: versions that are older than the processor take it for a much older one and run several times too
//: slow, so we correct its choice. We run all four rungs on one thread, and check that they agree.

let n = 512
var generator = Generator(seed: 1)
let a = Tensor([n, n], uniform: -1..<1, from: &generator)
let b = Tensor([n, n], uniform: -1..<1, from: &generator)
let (left, right) = (a.floats, b.floats)

func product(_ engine: Engine, threads: Int) -> [Float] {
  Engine.$current.withValue(engine) {
    Parallel.$threads.withValue(threads) { a.product(with: b).floats }
  }
}

let rungs: [(name: String, product: () -> [Float])] = [
  ("naive", { naive(left, right, n) }),
  ("cache-blocked", { blocked(left, right, n) }),
  ("register tile", { product(.lanes, threads: 1) }),
  ("OpenBLAS", { product(.openblas, threads: 1) }),
]
let results = rungs.map { $0.product() }

//: The first three agree in every bit, which is less obvious than it looks and which the next
//: section explains. OpenBLAS adds in an order of its own, and agrees to rounding.

claim(
  "naive, blocked and tiled products have the same bits",
  results[0] == results[1] && results[0] == results[2])

measured("OpenBLAS uses its kernels for", OpenBLAS.coreType)
let difference = zip(results[0], results[3]).map { abs($0 - $1) }.max()!
measured("largest difference to OpenBLAS", Double(difference), "")
claim(
  "OpenBLAS agrees to one part in ten thousand of the largest element",
  difference < 1e-4 * results[0].map(abs).max()!)

//: Now the clock. We take the best of several runs, because anything else that happens on the
//: machine can only make a run slower.

func bestSeconds(_ runs: Int, _ body: () -> Void) -> Double {
  (0..<runs).map { _ in
    let time = ContinuousClock().measure(body)
    return Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
  }.min()!
}

let operations = 2 * Double(n * n * n)
let speeds = rungs.map { rung in
  operations / bestSeconds(rung.name == "naive" ? 2 : 9) { _ = rung.product() } / 1e9
}
table(
  "The ladder, \(n) × \(n), one thread", columns: ["rung", "GFLOP/s", "against naive"],
  rows: zip(rungs, speeds).map { [$0.name, $1, $1 / speeds[0]] }, measured: true)
bars(
  "ladder", title: "Four ways to multiply two matrices", labels: rungs.map(\.name),
  axis: Axis("speed", unit: "GFLOP/s", scale: .log), [Bars("one thread", speeds)],
  caption: "Operations per second of each rung, \(n) × \(n) floats, on a logarithmic axis.",
  measured: true)

//: The first three rungs do the very same multiply-adds, and add up every element in the same order.
//: What changed is the order in which memory is touched, how many sums advance at once, and where
//: they are kept meanwhile.
//:
//: ## Why the last bit matters
//:
//: A float is one of some four billion values, the result of an addition is rarely among them, and
//: so every addition rounds to the nearest. Then the order of a sum matters:

let terms: [Float] = [1e8, 1, -1e8, 1]
show("left to right", terms.reduce(0, +))
show("right to left", terms.reversed().reduce(0, +))
show("large ones first", (1e8 - 1e8) + (1 + 1) as Float)

//: None of these is a bug. But a library is free to choose an order, and a fast library chooses by
//: the shape of the problem, the number of threads, and the model of the processor. Then a number
//: in a book is true on one machine only; then the probability that a model gives a word depends
//: on which other sentences happen to be computed beside it.
//:
//: We can watch that happen. We multiply a matrix of 32 rows, then each row alone, and count the
//: rows whose results are not the same to the bit.

func rowsThatChange(_ engine: Engine) -> Int {
  Engine.$current.withValue(engine) {
    let batch = Tensor([32, n], Array(left[..<(32 * n)]))
    let together = batch.product(with: b).floats
    return (0..<32).count { row in
      let alone = Tensor([1, n], Array(left[(row * n)..<((row + 1) * n)])).product(with: b)
      return alone.floats != Array(together[(row * n)..<((row + 1) * n)])
    }
  }
}
measured("rows that change with their company, OpenBLAS", rowsThatChange(.openblas), "of 32")
pin("batch.changed", rowsThatChange(.lanes))

//: With our kernels {{batch.changed}} rows change. The rule that makes it so is short: **every
//: element of a product is one chain of fused multiply-adds, over $k$ from first to last.** Blocks,
//: tiles and threads decide when a link of the chain is added and by whom, never in what order.
//: A reduction such as a sum over a row cannot be one chain, or it would be slow; it is sixty-four
//: chains that are joined in a fixed pattern. And functions such as the exponential are our own
//: polynomials, since the system's mathematical library may change with the system.
//:
//: What does it cost? Next to no speed, as the ladder shows. Perhaps some accuracy, since a long chain
//: gathers more rounding than several short ones. Here are the largest errors of both in the first
//: row, against sums in 64 bits.

let exact: [Double] = (0..<n).map { j in
  (0..<n).reduce(0) { $0 + Double(left[$1]) * Double(right[$1 * n + j]) }
}
func worstError(_ c: [Float]) -> Double { (0..<n).map { abs(Double(c[$0]) - exact[$0]) }.max()! }
pin("chain.error", Float(worstError(results[0])))
measured("error of OpenBLAS", worstError(results[3]), "")

//: ## Softmax, and how to lose it
//:
//: A model ends in a list of scores, called **logits**, one for each possible next token. The
//: **softmax** turns them into probabilities:
//:
//: $$p_j = \frac{e^{x_j}}{\sum_k e^{x_k}}$$
//:
//: Written down as it stands, it works, for a while.

func naiveSoftmax(_ x: [Float]) -> [Float] {
  let powers = x.map { exponential($0) }
  let total = powers.reduce(0, +)
  return powers.map { $0 / total }
}
show("logits 1, 2, 3", naiveSoftmax([1, 2, 3]))
show("logits 101, 102, 103", naiveSoftmax([101, 102, 103]))

//: Adding the same number to every logit should change nothing, because the factor $e^{100}$
//: cancels. But $e^{103}$ is larger than the largest float, infinity divided by infinity is not a
//: number, and the model is gone. The cure is to use up that freedom: subtract the largest logit
//: from all of them. Then the largest exponential is $e^0 = 1$ and nothing can overflow.

show("library", Tensor([101, 102, 103]).softmax())

//: How wrong is each version as the logits grow? We shift the same sixty-four logits by more and
//: more, and compare with probabilities computed in 64 bits.

let logits = Tensor([64], normal: 2, from: &generator).floats
let shifts = stride(from: -120, through: 120, by: 4).map(Float.init)

func error(_ softmax: ([Float]) -> [Float], shift: Float) -> Double {
  let shifted = logits.map { $0 + shift }
  let top = shifted.max()!
  let powers = shifted.map { exponential(Double($0) - Double(top)) }
  let total = powers.reduce(0, +)
  return zip(softmax(shifted), powers).map { abs(Double($0) * total / $1 - 1) }.max()!
}
let naiveErrors = shifts.map { error(naiveSoftmax, shift: $0) }
let stableErrors = shifts.map { error({ Tensor($0).softmax().floats }, shift: $0) }

let usable = zip(shifts, naiveErrors).filter { $1 < 1e-3 }.map(\.0)
pin("softmax.lowest", usable.min()!)
pin("softmax.highest", usable.max()!)
pin("softmax.worst", Float(stableErrors.max()!))
plot(
  "softmax-error", title: "Relative error of two softmaxes",
  x: Axis("added to every logit"), y: Axis("largest relative error", scale: .log),
  series: [
    Series("naive", x: shifts.map(Double.init), y: naiveErrors, style: .points),
    Series("stable", x: shifts.map(Double.init), y: stableErrors, style: .line),
  ],
  caption: """
    The naive version fails on both sides: above by overflow, below by underflow. Where it has no \
    points its result is not a number.
    """)

//: The naive version is usable between {{softmax.lowest}} and {{softmax.highest}}; the stable one
//: is never off by more than {{softmax.worst}}.
//:
//: ## The tape, for single numbers first
//:
//: To learn is to change numbers so that a **loss**, which measures how wrong the model is,
//: becomes smaller. For that we need to know, for each of perhaps millions of numbers, in which
//: direction the loss moves when that number does: its **gradient**. Measuring each by trial
//: would cost one run of the model per number. The **chain rule** gives all of them in one walk
//: back through the computation, for about the price of two more runs.
//:
//: The idea fits into one small class. Every number remembers how to hand its gradient on to the
//: numbers it was computed from, and a list, the **tape**, remembers the order of computation.

final class Number {
  static var tape: [Number] = []
  let value: Double
  var gradient = 0.0
  var handOn: () -> Void = {}

  init(_ value: Double) {
    self.value = value
    Number.tape.append(self)
  }
  static func + (a: Number, b: Number) -> Number {
    let y = Number(a.value + b.value)
    y.handOn = { [unowned y] in
      a.gradient += y.gradient
      b.gradient += y.gradient
    }
    return y
  }
  static func * (a: Number, b: Number) -> Number {
    let y = Number(a.value * b.value)
    y.handOn = { [unowned y] in
      a.gradient += b.value * y.gradient
      b.gradient += a.value * y.gradient
    }
    return y
  }
}

//: If $y = ab$, then moving $a$ a little moves $y$ by $b$ times as much; so whatever the gradient
//: of $y$ is, that of $a$ receives $b$ times it. A number used twice receives twice, and so we
//: add. Take $y = (a + b) \cdot b$ at $a = 2$, $b = 3$:

let (p, q) = (Number(2), Number(3))
let y = (p + q) * q
y.gradient = 1
for number in Number.tape.reversed() { number.handOn() }
show("y = (a + b) · b", y.value)
show("∂y/∂a = b", p.gradient)
show("∂y/∂b = a + 2b", q.gradient)
claim("both slopes are those of the formula", p.gradient == 3 && q.gradient == 8)

//: Why backwards through the list? When a number's turn comes, its gradient must be complete: all
//: that were computed from it must have handed theirs on already. They were computed later, so
//: they stand further down the tape. No graph has to be searched and nothing recurses.
//:
//: ## The tape, for tensors
//:
//: The library does the same with whole tensors. An operation is one function in one file. It
//: computes its result, and it leaves a closure on the tape that says what to do on the way back.
//: Here is the matrix product with a weight, which makes up most of a language model:
//:
//: @Source(Tensors/Operations/Project.swift, projected(by:))
//:
//: The gradient with respect to a product is two more products. The rest of the machine is this:
//:
//: @Source(Tensors/Tape.swift, unwind())
//:
//: (Branches are for chapter 3, where parts of a network do not depend on each other and threads walk them side by side.)
//: The tape lets go of every step as soon as it has been walked, and memory shrinks on the way
//: back. Outside `valueAndGradient`, which lays out the tape and unwinds it, nothing is recorded, and
//: a model that only runs does not pay for one that learns. `gradient(at:of:)` does the same for
//: inputs of our choice. Here is the small computation from above once more, now in tensors:

let slopes = gradient(at: [Tensor([2]), Tensor([3])]) { (($0[0] + $0[1]) * $0[1]).sum() }.gradients
show("∂y/∂a, ∂y/∂b with tensors", slopes.map(\.scalar))
claim(
  "tensors give the slopes that numbers gave",
  slopes.map { Double($0.scalar) } == [p.gradient, q.gradient])

//: ## Trust, but measure
//:
//: A wrong gradient is the worst kind of bug: training still runs, only worse. So the tests check
//: every operation of the library against the definition of a slope, by moving each input a little
//: in both directions:
//:
//: @Source(Tensors/GradientCheck.swift, gradientCheck(at:of:))
//:
//: Let us put six operations to the test.

let input = Tensor([3, 8], normal: 1, from: &generator)
let other = Tensor([3, 8], normal: 1, from: &generator)
let weight = Tensor([5, 8], normal: 1, from: &generator)
let checks: [(String, Double)] = [
  ("a + b", gradientCheck(at: [input, other]) { $0[0] + $0[1] }),
  ("a ⊙ b", gradientCheck(at: [input, other]) { $0[0] * $0[1] }),
  ("projected", gradientCheck(at: [input, weight]) { $0[0].projected(by: $0[1]) }),
  ("silu", gradientCheck(at: [input]) { $0[0].silu() }),
  ("softmax", gradientCheck(at: [input]) { $0[0].softmax() }),
  ("cross-entropy", gradientCheck(at: [input]) { $0[0].crossEntropy([0, 7, 3]) }),
]
table(
  "Computed gradient against measured slope", columns: ["operation", "relative difference"],
  rows: checks.map { [$0, Float($1)] })
claim("every gradient is its slope", checks.allSatisfy { $1 < 1e-4 })

//: And what would a mistake look like? `detached` cuts a tensor off from the tape. In $x \cdot x$,
//: that is the mistake of forgetting one of two contributions.

let forgotten = gradientCheck(at: [input]) { $0[0] * $0[0].detached }
pin("check.forgotten", Float(forgotten))
claim("a forgotten contribution is found", forgotten > 0.1)

//: The difference is {{check.forgotten}}, a factor of two in every slope, and nothing like rounding.
//:
//: ## A network that learns to add
//:
//: Now we put everything together. The task is addition on a clock with thirty-one hours: given
//: $a$ and $b$, say $(a + b) \bmod 31$. There are $31^2$ questions. We show the network four
//: fifths of them and keep the rest for the exam, and we tell it nothing about numbers: 0 to 30
//: are just names.
//:
//: The network looks up a vector for each of the two names (an **embedding**), puts the two side
//: by side, and sends them through a hidden layer to one score for each possible answer.

struct Adder {
  let parameters = Parameters()
  let embedding, hidden, output: Parameter
  static let modulus = 31

  init(start: (_ number: Int, _ shape: Shape, _ scale: Float) -> Tensor) {
    embedding = parameters.add("embedding", start(0, [Adder.modulus, 32], 1))
    hidden = parameters.add("hidden", start(1, [128, 64], 0.5))
    output = parameters.add("output", start(2, [Adder.modulus, 128], 0.25))
  }

  /// Questions as pairs of names `a, b, a, b …` → logits `[questions, modulus]`.
  func callAsFunction(_ names: [Int32]) -> Tensor {
    embedding.tensor.rows(names)
      .reshaped(to: [names.count / 2, 64])
      .projected(by: hidden.tensor).silu()
      .projected(by: output.tensor)
  }
}

//: Its loss is the **cross-entropy**: how surprised the network is by the right answer, the mean
//: of $-\log p(\text{answer})$. A network that knows nothing gives every answer one chance in
//: 31, and its surprise is $\log 31$.

struct Questions {
  var names: [Int32] = []
  var answers: [Int32] = []

  mutating func add(_ a: Int, _ b: Int) {
    names += [Int32(a), Int32(b)]
    answers.append(Int32((a + b) % Adder.modulus))
  }
  func accuracy(of adder: Adder) -> Double {
    let logits = adder(names)
    let right = answers.indices.count { row in
      let choice = (0..<Adder.modulus).max { logits[row, $0] < logits[row, $1] }!
      return choice == Int(answers[row])
    }
    return Double(right) / Double(answers.count)
  }
}

//: We need a start and a choice of questions that Swift and Python can both compute, because torch
//: will sit the same exam. A small integer **hash** serves for both: it scrambles a counter.

func scrambled(_ number: Int, _ index: Int) -> UInt32 {
  var h = UInt32(truncatingIfNeeded: index) &* 0x9E37_79B1 &+ UInt32(number) &* 0x85EB_CA6B
  h = (h ^ (h >> 15)) &* 0x2C1B_3C6D
  h = (h ^ (h >> 12)) &* 0x297A_2D39
  return (h ^ (h >> 15)) >> 8
}
func start(_ number: Int, _ shape: Shape, _ scale: Float) -> Tensor {
  Tensor(shape, (0..<shape.count).map { (Float(scrambled(number, $0)) / 0x1p24 - 0.5) * scale })
}

var (lessons, exam) = (Questions(), Questions())
for pair in 0..<(Adder.modulus * Adder.modulus) {
  let (a, b) = (pair / Adder.modulus, pair % Adder.modulus)
  if scrambled(3, pair) % 5 == 0 { exam.add(a, b) } else { lessons.add(a, b) }
}
pin("adder.lessons", lessons.answers.count)
pin("adder.exam", exam.answers.count)

//: The simplest rule for learning is **gradient descent**: move every number a small step against
//: its gradient. **AdamW** also keeps a running average of each gradient and of its square, and
//: steps by their ratio, so that every number moves at about the same pace. Its **weight decay**
//: pulls all numbers towards zero, a little at every step. Here is one step, a single pass over the
//: numbers, their gradients and the two averages; the divisors make up for averages that start at
//: zero.
//:
//: @Source(Kernels/Adam.swift, adamW)
//:
//: `Parameters` keeps all that a network learns in one block of memory, and the class `AdamW` makes
//: this pass over it.
//:
//: One step of learning is three lines: forget the old gradients, compute the new ones, move. We
//: train on all {{adder.lessons}} questions at once, several hundred times, and give the
//: {{adder.exam}} exam questions every ten steps without learning from them.

struct Record {
  var losses: [Float] = []
  var steps: [Int] = []
  var lessons: [Double] = []
  var exam: [Double] = []
  /// The root mean square of all weights at the end.
  var weights = 0.0
}

func train(
  _ adder: Adder, steps: Int, title: String, update: () -> Void
) -> Record {
  var record = Record()
  progress(title, total: steps) { bar in
    for step in 1...steps {
      adder.parameters.zeroGradients()
      let loss = valueAndGradient { adder(lessons.names).crossEntropy(lessons.answers) }
      update()
      record.losses.append(loss)
      if step % 10 == 0 {
        record.steps.append(step)
        record.lessons.append(lessons.accuracy(of: adder))
        record.exam.append(exam.accuracy(of: adder))
      }
      bar.advance("loss \(loss)")
    }
  }
  let weights = adder.parameters.all.flatMap(\.tensor.floats).map(Double.init)
  record.weights = (weights.reduce(0) { $0 + $1 * $1 } / Double(weights.count)).squareRoot()
  return record
}

func trainWithAdamW(weightDecay: Double, start number: Int, steps: Int) -> Record {
  let adder = Adder { start($0 + number, $1, $2) }
  let optimizer = AdamW(
    adder.parameters, learningRate: 0.01, betas: (0.9, 0.98), weightDecay: weightDecay)
  return train(adder, steps: steps, title: "weight decay \(weightDecay)", update: optimizer.step)
}

let steps = Size.current.pick(tiny: 300, book: 500, large: 2000)
let decayed = trainWithAdamW(weightDecay: 1, start: 0, steps: steps)
pin("adder.steps", steps)
pin("adder.loss", decayed.losses.last!)
pin("adder.accuracy", decayed.lessons.last!)
pin("adder.exam.accuracy", decayed.exam.last!)

//: It learns its lessons, and it passes the exam: {{adder.exam.accuracy|%}} of questions that it
//: has never seen. It has found out how addition works.
//:
//: Or so it seems. A good habit, which this book keeps to, is to ask of every result what would
//: have happened otherwise. So we train the same network from the same start without weight decay;
//: and with plain gradient descent, in large steps, at which its loss still falls every time.

let plain = trainWithAdamW(weightDecay: 0, start: 0, steps: steps)
let descending = Adder(start: start)
let descent = GradientDescent(descending.parameters, learningRate: 3)
let descended = train(descending, steps: steps, title: "gradient descent", update: descent.step)

table(
  "After \(steps) steps",
  columns: ["trained by", "loss", "lessons right", "exam right", "typical weight"],
  rows: [
    ("AdamW with weight decay", decayed), ("AdamW without", plain), ("gradient descent", descended),
  ].map {
    [$0, $1.losses.last!, $1.lessons.last!, $1.exam.last!, $1.weights]
  })
pin("adder.plain.exam", plain.exam.last!)
claim(
  "all three know their lessons by heart",
  [decayed, plain, descended].allSatisfy { $0.lessons.last! > 0.99 })
claim(
  "only weight decay passes the exam",
  decayed.exam.last! > 0.95 && plain.exam.last! < 0.1 && descended.exam.last! < 0.1)
claim(
  "every step of gradient descent lowers the loss",
  zip(descended.losses, descended.losses.dropFirst()).allSatisfy { $0 > $1 })
claim("weight decay leaves smaller weights", decayed.weights < plain.weights)

//: The two figures show the way there, first the loss and then the marks.

plot(
  "loss", title: "Loss on the lessons", x: Axis("step"),
  y: Axis("cross-entropy", unit: "nats", scale: .log),
  series: [
    ("AdamW with weight decay", decayed), ("AdamW without", plain), ("gradient descent", descended),
  ].map {
    Series($0, x: (1...steps).map(Double.init), y: $1.losses.map(Double.init))
  },
  caption: "All three learn what they are shown, and are still getting better at it.")
plot(
  "exam", title: "What the loss does not tell", x: Axis("step"), y: Axis("share of right answers"),
  series: [
    Series("lessons, with decay", x: decayed.steps.map(Double.init), y: decayed.lessons),
    Series("exam, with decay", x: decayed.steps.map(Double.init), y: decayed.exam),
    Series("lessons, without", x: plain.steps.map(Double.init), y: plain.lessons),
    Series("exam, without", x: plain.steps.map(Double.init), y: plain.exam),
  ],
  caption:
    "Both networks know the lessons after a few dozen steps. Only one goes on to understand them.")

//: The network without weight decay has the smaller loss and knows nothing: it scores
//: {{adder.plain.exam|%}} in the exam, where guessing would score one in thirty-one. It has
//: **memorised**. The network with weight decay memorised first, too, as the second figure shows: its
//: exam score rises well after the lessons are known, an effect known as **grokking** (Power et al.
//: 2022).
//:
//: Why? The usual explanation is that to memorise takes larger weights than to add, and that weight
//: decay makes large weights dear until the cheaper way of being right wins. The last column of the
//: table agrees as far as AdamW goes. But gradient descent has memorised with weights that are
//: hardly larger than those of the network that adds, so their size cannot be all there is to it.
//:
//: Was it luck? We try two more starts.

let others = [10, 20].map { trainWithAdamW(weightDecay: 1, start: $0, steps: steps).exam.last! }
show("exam with weight decay, two more starts", others)
claim("every start passes the exam", others.allSatisfy { $0 > 0.95 })

//: ## The same in torch, step by step
//:
//: Is this really the arithmetic that everybody else uses? We had torch train the same network
//: from the same start, and kept the loss of each of its first two hundred steps. (The program is
//: `Tests/Oracles/modular_addition.py`.) Here are its losses beside ours.

struct Torch: Decodable { let torch: String, losses: [Float] }
let file = URL(filePath: #filePath)
  .appending(path: "../../../Tests/Oracles/Fixtures/modular-addition.json").standardized
let torch = try JSONDecoder().decode(Torch.self, from: Data(contentsOf: file))
let pairs = zip(decayed.losses, torch.losses).map { ($0, $1, abs($0 / $1 - 1)) }
table(
  "Loss, here and in torch", columns: ["step", "Espalier", "torch", "relative difference"],
  rows: [1, 2, 5, 10, 20, 50, 100, 200].map {
    [$0, pairs[$0 - 1].0, pairs[$0 - 1].1, pairs[$0 - 1].2]
  })
pin("torch.first", pairs[0].2)
pin("torch.worst", pairs.map(\.2).max()!)
claim(
  "two hundred losses agree with torch to one part in ten thousand",
  pairs.allSatisfy { $0.2 < 1e-4 })

//: Over two hundred steps the two never differ by more than {{torch.worst}}. They do not have the
//: same bits: torch adds in another order, and its exponential is another polynomial. Nor can two
//: libraries promise to stay close for ever, because every step starts from where rounding has left
//: the one before. Here is our own network after all {{adder.steps}} steps, once with our kernels and
//: once with OpenBLAS in their place:

let elsewhere = Engine.$current.withValue(.openblas) {
  trainWithAdamW(weightDecay: 1, start: 0, steps: steps).losses.last!
}
measured(
  "final loss with OpenBLAS, relative difference", Double(abs(elsewhere / decayed.losses.last! - 1))
)

//: A book that wants to print exact numbers needs arithmetic that it can answer for.
//:
//: ## Where it breaks
//:
//: **Memory grows with depth.** The tape keeps whatever the way back will need, which is nearly
//: every intermediate result. Training needs several times the memory of running.

func bytesHeld(layers: Int) -> Int {
  let square = Parameters()
  let weight = square.add("weight", [256, 256], normal: 0.06, from: &generator)
  let x = Tensor([256, 256], normal: 1, from: &generator)
  var held = 0
  valueAndGradient {
    var y = x
    for _ in 0..<layers { y = y.projected(by: weight.tensor).silu() }
    held = Pool.statistics.live
    return y.sum()
  }
  return held
}
let growth = bytesHeld(layers: 20) - bytesHeld(layers: 10)
pin("tape.layer", growth / 10 / 1024)

//: A layer of 256 rows and columns costs {{tape.layer}} KiB on the tape: two tensors, one from the
//: product and one from the activation.
//:
//: **Small tensors are slow.** An operation has a fixed price for finding memory and noting itself
//: on the tape, whatever its size.

let one = Tensor([1], repeating: 1)
let nanoseconds = bestSeconds(5) { for _ in 0..<10_000 { _ = one + one } } / 10_000 * 1e9
measured("adding two tensors of one element", nanoseconds, "ns")

//: The sum itself would take less than one. Vectors and matrices of a sensible size hide the
//: price; single numbers do not, which is why the library's operations are large ones.
//:
//: **Long sums round more.** One chain over $k$ is exact in its order and not in its value: its
//: error grows with the length of the chain, where a sum in blocks loses less. At the widths of
//: this book the difference is small, as the comparison above shows.
//:
//: **One tape, floats only, four dimensions.** There are no second derivatives, no other number
//: types, and of broadcasting only what a bias needs. What is missing here will not be missed
//: later.
//:
//: ## Summary
//:
//: - A tensor is floats, a shape, and perhaps a place where its gradient gathers.
//: - The speed of a matrix product is a question of what stays in registers: the same sums, in the
//:   same order, get about two orders of magnitude faster when nothing waits for memory.
//: - Floating-point sums depend on their order. We fix the order, once, and get the same bits for
//:   any number of threads and in any company.
//: - Softmax subtracts the largest logit first.
//: - A tape is a list of what was computed. Walked backwards, it gives the gradient of everything.
//: - A gradient is trusted after it has been measured.
//: - A small loss proves that a model knows what it was shown, and nothing else.
//:
//: ## References
//:
//: - Goto and van de Geijn, *Anatomy of High-Performance Matrix Multiplication*, ACM TOMS 2008:
//:   packing and register tiles.
//: - Goldberg, *What Every Computer Scientist Should Know About Floating-Point Arithmetic*, 1991.
//: - Griewank and Walther, *Evaluating Derivatives*, SIAM 2008: tapes and reverse mode.
//: - Loshchilov and Hutter, *Decoupled Weight Decay Regularization*, 2019, arXiv:1711.05101.
//: - Power et al., *Grokking: Generalization Beyond Overfitting on Small Algorithmic Datasets*,
//:   2022, arXiv:2201.02177.
