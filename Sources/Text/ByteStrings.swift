/// Byte strings numbered in order of arrival, and found again by their bytes.
///
///     var strings = ByteStrings()
///     strings.insert("tin")     // 0
///     strings.insert("can")     // 1
///     strings.insert("tin")     // 0
///     strings[1]                // "can"
///
/// All bytes lie in one buffer, so a vocabulary of 150 000 tokens is three allocations, and looking
/// one up allocates nothing; a `[[UInt8]: Int32]` would allocate for every question. The hash is
/// the standard library's, seeded at random in each process: no file can be made to collide, and
/// nothing here depends on its order.
struct ByteStrings: Sendable {
  private var bytes: [UInt8] = []
  /// String number i is `bytes[ends[i - 1]..<ends[i]]`.
  private var ends: [Int] = []
  /// A hash table with linear probing: the number of a string, or -1 for a free place.
  private var slots = [Int32](repeating: -1, count: 16)
  private var searchable = 0

  /// How many strings there are.
  var count: Int { ends.count }

  var indices: Range<Int> { ends.indices }

  /// The bytes of string number `index`.
  subscript(index: Int) -> ArraySlice<UInt8> {
    bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
  }

  /// The number of `string`, if it is here.
  func find(_ string: Span<UInt8>) -> Int? {
    let number = slots[slot(of: string)]
    return number < 0 ? nil : Int(number)
  }

  /// The number of `string`, which is added if it is new.
  @discardableResult
  mutating func insert(_ string: Span<UInt8>) -> Int {
    if 2 * searchable >= slots.count { grow() }
    let slot = slot(of: string)
    if slots[slot] >= 0 { return Int(slots[slot]) }
    slots[slot] = Int32(count)
    searchable += 1
    return append(string)
  }

  /// Adds `string` under the next number without making it findable.
  @discardableResult
  mutating func append(_ string: Span<UInt8>) -> Int {
    for i in string.indices { bytes.append(string[i]) }
    ends.append(bytes.count)
    return ends.count - 1
  }

  /// Where `string` is in the table, or the free place where it belongs.
  private func slot(of string: Span<UInt8>) -> Int {
    var hasher = Hasher()
    string.withUnsafeBytes { hasher.combine(bytes: $0) }
    let mask = slots.count - 1
    var slot = hasher.finalize() & mask
    while slots[slot] >= 0, !equal(Int(slots[slot]), string) { slot = (slot + 1) & mask }
    return slot
  }

  private func equal(_ index: Int, _ string: Span<UInt8>) -> Bool {
    let start = index == 0 ? 0 : ends[index - 1]
    guard ends[index] - start == string.count else { return false }
    for i in string.indices where bytes[start + i] != string[i] { return false }
    return true
  }

  private mutating func grow() {
    let numbers = slots.filter { $0 >= 0 }
    slots = [Int32](repeating: -1, count: 4 * slots.count)
    for number in numbers {
      let place = slot(of: self[Int(number)].span)
      slots[place] = number
    }
  }
}
