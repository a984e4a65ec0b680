/// The memory of panels of a matrix in blocks of 32 weights: for each sixteen rows their scales, in half
/// precision, block by block, and then their codes, block by block.
struct BlockPanels: Sendable {
  /// How many blocks a row has.
  let blocks: Int

  private let memory: PanelMemory

  /// The sizes of a panel and of the scales at its beginning.
  private let panelBytes, scaleBytes: Int

  /// - Parameters:
  ///   - codeBytes: how many bytes the codes of a block of all sixteen rows take.
  ///   - place: puts the codes of one row's block, as they stand in the format, among those of the
  ///     sixteen rows, given the row's place among these.
  init(
    _ matrix: BlockMatrix, codeBytes: Int,
    place: (_ codes: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ row: Int) -> Void
  ) {
    blocks = matrix.columns / 32
    scaleBytes = (blocks * 32 + 63) / 64 * 64
    panelBytes = scaleBytes + blocks * codeBytes
    memory = PanelMemory(byteCount: (matrix.rows + 15) / 16 * panelBytes)
    let blockBytes = matrix.format.bytesPerBlock
    matrix.bytes.withUnsafeBytes { bytes in
      for row in 0..<matrix.rows {
        for block in 0..<blocks {
          let source = bytes.baseAddress! + (row * blocks + block) * blockBytes
          let panel = memory.base + row / 16 * panelBytes
          (panel + (32 * block + 2 * (row % 16))).copyMemory(from: source, byteCount: 2)
          place(source + 2, panel + scaleBytes + block * codeBytes, row % 16)
        }
      }
    }
  }

  /// The scales of a panel: 32 bytes for each block.
  func scales(_ panel: Int) -> UnsafeMutableRawPointer { memory.base + panel * panelBytes }

  /// The codes of a panel.
  func codes(_ panel: Int) -> UnsafeMutablePointer<UInt8> {
    (scales(panel) + scaleBytes).assumingMemoryBound(to: UInt8.self)
  }
}
