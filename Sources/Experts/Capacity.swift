extension Router {
  /// The choices that the experts have room for; the others become −1, and nothing is computed for
  /// them.
  ///
  /// First choices come before second ones, whoever's they are, and among equals the earlier token
  /// comes first. So a token may lose its expert to others of the batch: an expedient of training,
  /// which is why no capacity limits a model in use.
  func withinCapacity(_ choices: [Int32]) -> [Int32] {
    guard let capacity = configuration.capacity else { return choices }
    let k = configuration.expertsPerToken
    let share = capacity * Double(choices.count) / Double(configuration.experts)
    var room = [Int](repeating: max(1, Int(share.rounded(.up))), count: configuration.experts)
    var served = choices
    for slot in 0..<k {
      for pair in stride(from: slot, to: choices.count, by: k) {
        let expert = Int(choices[pair])
        if room[expert] == 0 { served[pair] = -1 } else { room[expert] -= 1 }
      }
    }
    return served
  }
}
