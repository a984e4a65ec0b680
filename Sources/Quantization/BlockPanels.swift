/// The memory of panels of a matrix in blocks of 32 weights: for each sixteen rows, block by block, their
/// scales in half precision and then their codes, in the order in which they are read.
struct BlockPanels: Sendable {
  /// How many blocks a row has.
  let blocks: Int

  private let memory: PanelMemory

  /// How many bytes the scales of a block of sixteen rows take.
  static let scaleBytes = 32

  /// The size of a block of sixteen rows, scales and codes.
  private let blockBytes: Int

  /// - Parameters:
  ///   - codeBytes: how many bytes the codes of a block of all sixteen rows take.
  ///   - place: puts the codes of one row's block, as they stand in the format, among those of the
  ///     sixteen rows, given the row's place among these.
  init(
    _ matrix: BlockMatrix, codeBytes: Int,
    place: (_ codes: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ row: Int) -> Void
  ) {
    blocks = matrix.columns / 32
    blockBytes = BlockPanels.scaleBytes + codeBytes
    memory = PanelMemory(byteCount: (matrix.rows + 15) / 16 * blocks * blockBytes)
    let sourceBytes = matrix.format.bytesPerBlock
    matrix.bytes.withUnsafeBytes { bytes in
      for row in 0..<matrix.rows {
        for block in 0..<blocks {
          let source = bytes.baseAddress! + (row * blocks + block) * sourceBytes
          let target = memory.base + (row / 16 * blocks + block) * blockBytes
          (target + 2 * (row % 16)).copyMemory(from: source, byteCount: 2)
          place(source + 2, target + BlockPanels.scaleBytes, row % 16)
        }
      }
    }
  }

  /// The first block of a panel: the scales and then the codes of the first 32 columns.
  func start(_ panel: Int) -> UnsafeMutablePointer<UInt8> {
    (memory.base + panel * blocks * blockBytes).assumingMemoryBound(to: UInt8.self)
  }
}
