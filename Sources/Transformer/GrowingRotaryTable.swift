import Kernels
import Synchronization

/// The rotary table of a model, as long as the longest sequence so far has needed.
///
/// Llama 4 Scout says that it is meant for ten million tokens, and a table for all of them would
/// take five gigabytes.
final class GrowingRotaryTable: Sendable {
  private let frequencies: [Double]
  private let context: Int
  private let table: Mutex<RotaryTable>

  init(_ configuration: Configuration) {
    frequencies = configuration.rotaryFrequencies
    context = configuration.context
    table = Mutex(RotaryTable(frequencies: frequencies, positions: min(context, 1024)))
  }

  /// A table that covers `positions`, as far as they lie in the model's context.
  func covering(_ positions: [Int32]) -> RotaryTable {
    let needed = min(context, 1 + Int(positions.max() ?? 0))
    return table.withLock { table in
      if table.positions < needed {
        table = RotaryTable(
          frequencies: frequencies, positions: min(context, max(needed, 2 * table.positions)))
      }
      return table
    }
  }
}
