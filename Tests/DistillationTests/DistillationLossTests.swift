import Distillation
import Tensors
import Testing

@Suite struct DistillationLossTests {
  @Test(arguments: [Float(1), 2, 5], [Float(1), 0.4])
  func `the gradient is the truth's and T times the difference of the distributions`(
    _ temperature: Float, _ share: Float
  ) {
    let (student, teacher) = (Sample.logits(3, seed: 6), Sample.logits(3, seed: 7))
    let targets: [Int32] = [0, 6, 2]
    let loss = DistillationLoss(temperature: temperature, teacherShare: share)
    let computed = gradient(at: [student]) {
      loss(student: $0[0], teacher: teacher, targets: targets)
    }.gradients[0]
    let cool = student.softmax()
    let warm = student.scaled(by: 1 / temperature).softmax()
    let taught = teacher.scaled(by: 1 / temperature).softmax()
    for row in 0..<3 {
      for column in 0..<7 {
        let truth = cool[row, column] - (Int(targets[row]) == column ? 1 : 0)
        let difference = temperature * (warm[row, column] - taught[row, column])
        let expected = (1 - share) * truth + share * difference
        #expect(abs(computed[row, column] - expected) < 2e-6)
      }
    }
  }

  @Test func `without a teacher's share it is the surprisal`() {
    let student = Sample.logits(3, seed: 6)
    let loss = DistillationLoss(teacherShare: 0)
    let value = loss(student: student, teacher: nil, targets: [1, 2, 3]).scalar
    #expect(value == student.surprisals([1, 2, 3]).sum().scalar)
  }
}
