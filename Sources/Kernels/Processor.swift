import CLanes

/// The vector instructions of this processor and of the one the program was compiled for.
public enum Processor {
  /// The x86-64 level of the processor this runs on: 2 (SSE), 3 (AVX2 and FMA) or 4 (AVX-512);
  /// 0 on any other architecture.
  public static var level: Int { Int(processor_level()) }

  /// The level the kernels were compiled for; more than the processor's, and the program would
  /// stop at an illegal instruction.
  public static var compiledLevel: Int { Int(PROCESSOR_COMPILED_LEVEL) }
}
