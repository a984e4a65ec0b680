import Curriculum
import Foundation
import Notebook
import Pretraining

chapter(2, "Attention", shows: "x", needs: "nothing", takes: "minutes")
var recipe = BaseModel.Recipe()
recipe.seed = Seed.current
if let s = ProcessInfo.processInfo.environment["STEPS"] { recipe.steps = Int(s)! }
if let s = ProcessInfo.processInfo.environment["LR"] { recipe.learningRate = Double(s)! }
let t0 = ContinuousClock.now
let problems = Array(
  Problem.all(split: .heldOut).enumerated().filter { $0.offset % 11 == 0 }.map(\.element).prefix(
    200))
func report(_ base: BaseModel) {
  var skills = Skills()
  let texts = base.solve(problems, count: 8)
  var any = 0
  for (p, ts) in zip(problems, texts) {
    var hit = false
    for t in ts {
      let c = Completion(parsing: t.replacingOccurrences(of: BaseModel.endOfText, with: ""))
      skills.count(c, of: p)
      if c.solves(p) { hit = true }
    }
    if hit { any += 1 }
  }
  show(
    "acc \(skills.accuracy) pass@8 \(Double(any) / Double(problems.count)) format \(skills.formatRate) arith \(skills.arithmetic) recall \(skills.verdictRecall) precision \(skills.verdictPrecision) hit \(skills.hitRate) stop \(skills.stoppingAtHit) persist \(skills.persistence) rep \(skills.repetition) t \(ContinuousClock.now - t0)"
  )
  print(texts[0][0])
}
let base = try BaseModel.pretrain(recipe) { r, base in
  if r.step % 100 == 0 { print(r.json, ContinuousClock.now - t0) }
  if r.step % 850 == 0 { report(base) }
}
