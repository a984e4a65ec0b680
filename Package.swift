// swift-tools-version: 6.2
import PackageDescription

/// Which processor to compile for: `MARCH=x86-64-v3 swift build` makes a portable binary that
/// prints the same numbers, only slower.
#if arch(x86_64)
  let processor = "-march=\(Context.environment["MARCH"] ?? "native")"
#else
  let processor = "-mcpu=\(Context.environment["MARCH"] ?? "native")"
#endif

/// Every target is optimised in every configuration, so that a plain `swift run` or `swift test`
/// is never the hundred times slower debug build.
let optimized: [SwiftSetting] = [
  .unsafeFlags(["-Xcc", processor]),
  .unsafeFlags(
    ["-O", "-wmo", "-num-threads", "2", "-disable-batch-mode"], .when(configuration: .debug)),
]

let arguments = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")

/// A module of `Sources/` that may import only what `below` lists: the graph is the syllabus.
func module(_ name: String, below: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: below, swiftSettings: optimized)
}

/// A chapter: `Chapters/01-Tensors/main.swift` becomes the program `ch01-tensors`.
func chapter(_ number: String, _ name: String, uses modules: [Target.Dependency]) -> Target {
  .executableTarget(
    name: "ch\(number)-\(name.lowercased())",
    dependencies: modules + ["Notebook"],
    path: "Chapters/\(number)-\(name)",
    swiftSettings: optimized + [.defaultIsolation(MainActor.self)])
}

/// The study of a chapter: `Chapters/03-Experts-Study` becomes the program `study03-experts`.
func study(_ number: String, _ name: String, uses modules: [Target.Dependency]) -> Target {
  .executableTarget(
    name: "study\(number)-\(name.lowercased())",
    dependencies: modules + ["Notebook"],
    path: "Chapters/\(number)-\(name)-Study",
    swiftSettings: optimized)
}

func tool(_ name: String, _ path: String, uses modules: [Target.Dependency]) -> Target {
  .executableTarget(
    name: name, dependencies: modules, path: "Sources/\(path)", swiftSettings: optimized)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: "\(name)Tests", dependencies: dependencies, swiftSettings: optimized)
}

let package = Package(
  name: "espalier",
  platforms: [.macOS(.v26)],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")
  ],
  targets: [
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
    .target(name: "CLanes"),
    module("Kernels", below: ["CLanes", "COpenBLAS"]),
    module("Tensors", below: ["Kernels"]),
    module("Files"),
    module("StrictJSON"),
    module("Text", below: ["Files", "StrictJSON"]),
    module("Curriculum", below: ["Kernels"]),
    module("Domains", below: ["Kernels", "Curriculum"]),
    module("Safetensors", below: ["Files"]),
    module("Transformer", below: ["Files", "Kernels", "Tensors", "Safetensors", "StrictJSON"]),
    module(
      "Training", below: ["Tensors", "Transformer", "Kernels", "Safetensors", "StrictJSON"]),
    module(
      "Pretraining",
      below: ["Curriculum", "Files", "Text", "Transformer", "Training"]),
    module("Experts", below: ["Tensors", "Kernels", "Transformer", "Training", "StrictJSON"]),
    module("Examination", below: ["Curriculum", "Text", "Transformer"]),
    module(
      "SparsePretraining",
      below: [
        "Text", "Transformer", "Training", "Pretraining", "Experts",
      ]),
    module(
      "WidePretraining",
      below: ["Curriculum", "Pretraining", "Text", "Training", "Transformer"]),
    module("Factorizations", below: ["Kernels"]),
    module(
      "Calibration",
      below: ["Factorizations", "Kernels", "Tensors", "Transformer", "Experts"]),
    .target(name: "CIntegerLanes"),
    module("Quantization", below: ["CIntegerLanes", "Kernels", "Tensors", "Transformer"]),
    module("Distillation", below: ["Kernels", "Tensors", "Transformer", "Training"]),
    module(
      "Compression",
      below: [
        "Factorizations", "Calibration", "Quantization", "Kernels", "Tensors", "Transformer",
        "Training", "Experts", "Files", "Safetensors", "StrictJSON",
      ]),
    module("Trials", below: ["Domains", "Experts", "Tensors", "Transformer", "Training"]),
    module(
      "Tuning",
      below: [
        "Files", "Kernels", "Tensors", "Text", "Transformer", "Training", "Safetensors",
        "StrictJSON",
      ]),
    module(
      "Reinforcement",
      below: [
        "Curriculum", "Files", "Text", "Tensors", "Kernels", "Transformer", "Training",
        "StrictJSON",
      ]),
    module(
      "Courses",
      below: [
        "Curriculum", "Kernels", "Pretraining", "Reinforcement", "Tensors", "Text", "Training",
        "Transformer", "Tuning",
      ]),
    module(
      "GGUF",
      below: [
        "Files", "Quantization", "Tensors", "Transformer", "Text", "StrictJSON",
      ]),
    module(
      "SparseCourses",
      below: ["Courses", "Pretraining", "SparsePretraining", "Transformer", "Tuning"]),
    module(
      "Finishing",
      below: [
        "Courses", "Curriculum", "Files", "Kernels", "Pretraining", "Reinforcement", "Tensors",
        "Text", "Training", "Transformer",
      ]),
    module(
      "Shipping",
      below: [
        "Calibration", "Compression", "Courses", "Curriculum", "Distillation", "Examination",
        "Factorizations", "Files", "Finishing", "GGUF", "Kernels", "Pretraining", "Quantization",
        "Tensors", "Text", "Training", "Transformer",
      ]),
    module("Notebook", below: ["Files"]),
    module(
      "Bookshelf", below: ["Courses", "Notebook", "Pretraining", "Text", "Transformer", "Tuning"]),
    module(
      "Storeroom",
      below: [
        "Bookshelf", "Compression", "Courses", "Curriculum", "Finishing", "Notebook",
        "Pretraining", "Shipping", "SparseCourses", "SparsePretraining", "Transformer", "Tuning",
        "WidePretraining",
      ]),

    chapter("01", "Tensors", uses: ["Kernels", "Tensors"]),
    chapter(
      "02", "Attention",
      uses: [
        "Kernels", "Tensors", "Text", "Curriculum", "Transformer", "Training", "Pretraining",
      ]),

    chapter(
      "03", "Experts",
      uses: [
        "Kernels", "Tensors", "Text", "Curriculum", "Transformer", "Training", "Experts", "Domains",
        "Trials", "Pretraining", "SparsePretraining", "Examination",
      ]),
    study("03", "Experts", uses: ["Experts", "Domains", "Trials"]),

    chapter(
      "04", "Supervised",
      uses: [
        "Bookshelf", "Courses", "Curriculum", "Kernels", "Pretraining", "SparseCourses",
        "SparsePretraining", "Storeroom", "Tensors", "Text", "Training", "Transformer", "Tuning",
      ]),
    study("04", "Supervised", uses: ["Bookshelf", "Courses", "Pretraining"]),

    chapter(
      "05", "Reinforcement",
      uses: [
        "Bookshelf", "Courses", "Curriculum", "Kernels", "Pretraining", "Reinforcement",
        "SparseCourses", "SparsePretraining", "Storeroom", "Tensors", "Text", "Transformer",
        "Tuning",
      ]),
    study("05", "Reinforcement", uses: ["Bookshelf", "Courses", "Pretraining", "Transformer"]),

    chapter(
      "06", "Distillation",
      uses: [
        "Compression", "Courses", "Curriculum", "Distillation", "Finishing", "Kernels",
        "Shipping", "Storeroom", "Tensors", "Training", "Transformer",
      ]),
    chapter(
      "07", "ZeroPruning",
      uses: [
        "Calibration", "Compression", "Distillation", "Factorizations", "Finishing", "Kernels",
        "Quantization", "Shipping", "Storeroom", "Tensors", "Transformer",
      ]),
    chapter(
      "08", "ActivationPruning",
      uses: [
        "Calibration", "Compression", "Curriculum", "Distillation", "Factorizations", "Finishing",
        "Kernels", "Pretraining", "Shipping", "SparsePretraining", "Storeroom", "Tensors", "Text",
        "Training", "Transformer", "WidePretraining",
      ]),
    chapter(
      "09", "RedundancyPruning",
      uses: [
        "Calibration", "Compression", "Courses", "Curriculum", "Factorizations", "Finishing",
        "Kernels", "Shipping", "Storeroom", "Tensors", "Text", "Training", "Transformer",
        "WidePretraining",
      ]),
    chapter(
      "10", "LowRank",
      uses: [
        "Calibration", "Compression", "Factorizations", "Finishing", "Kernels", "Quantization",
        "Shipping", "Storeroom", "Tensors", "Transformer",
      ]),
    chapter(
      "11", "Quantization",
      uses: [
        "Calibration", "Compression", "Courses", "Factorizations", "Finishing", "GGUF", "Kernels",
        "Quantization", "Shipping", "Storeroom", "Tensors", "Transformer",
      ]),
    chapter(
      "12", "Shipping",
      uses: [
        "Compression", "Courses", "Factorizations", "Finishing", "Kernels", "Shipping",
        "Storeroom", "Tensors", "Transformer",
      ]),

    module("Programs", below: ["Notebook", arguments]),
    tool("weave", "Weave", uses: ["Notebook", "Programs", arguments]),
    tool(
      "bench", "Bench",
      uses: [
        "Curriculum", "Kernels", "Tensors", "Text", "Transformer", "Training", "Experts",
        "Factorizations", "Files", "Notebook", "Pretraining", "Programs", "Quantization",
        "Reinforcement", "COpenBLAS", arguments,
      ]),
    tool("choose", "Choose", uses: ["Notebook", "Programs", "Shipping", "Storeroom", arguments]),
    tool("doctor", "Doctor", uses: ["Kernels", "Notebook", "Programs", arguments]),
    tool(
      "pretrain", "Pretrain",
      uses: ["Kernels", "Notebook", "Programs", "Text", "Transformer", "Training", arguments]),

    .target(name: "Scratch", path: "Tests/Scratch"),
    .target(name: "TransformersOracle", path: "Tests/TransformersOracle"),
    tests("Kernels", ["Kernels"]),
    tests("Tensors", ["Tensors", "Kernels"]),
    tests("Files", ["Scratch", "Files"]),
    tests("StrictJSON", ["StrictJSON"]),
    tests("Text", ["Text", "StrictJSON"]),
    tests("Curriculum", ["Curriculum", "Kernels"]),
    tests("Domains", ["Domains", "Curriculum", "Kernels", "Text"]),
    tests("Safetensors", ["Scratch", "Files", "Safetensors"]),
    tests(
      "Transformer",
      ["Scratch", "Transformer", "Tensors", "Kernels", "Safetensors", "Text", "TransformersOracle"]),
    tests("Training", ["Scratch", "Training", "Transformer", "Tensors", "Kernels", "StrictJSON"]),
    tests(
      "Pretraining",
      ["Pretraining", "Curriculum", "Text", "Training", "Transformer", "TransformersOracle"]),
    tests(
      "SparsePretraining",
      ["SparsePretraining", "Pretraining", "Curriculum", "Experts", "Training", "Transformer"]),
    tests(
      "WidePretraining",
      ["Scratch", "WidePretraining", "Pretraining", "Curriculum", "Transformer"]),
    tests("Examination", ["Examination", "Pretraining", "Curriculum", "Transformer"]),
    tests("Pretrain", ["pretrain", "Text", "Training", "Transformer"]),
    tests(
      "Experts",
      ["Scratch", "Experts", "Training", "Transformer", "Tensors", "Kernels", "TransformersOracle"]),
    .systemLibrary(name: "CLAPACK", path: "Tests/CLAPACK", pkgConfig: "openblas"),
    tests("Factorizations", ["Factorizations", "Kernels", "CLAPACK"]),
    tests(
      "Calibration",
      ["Calibration", "Factorizations", "Experts", "Transformer", "Tensors", "Kernels"]),
    tests(
      "Distillation", ["Distillation", "Training", "Transformer", "Tensors", "Kernels"]),
    tests(
      "Compression",
      [
        "Scratch", "Compression", "Calibration", "Factorizations", "Distillation", "Experts",
        "Training",
        "Transformer", "Tensors", "Kernels", "Safetensors", "StrictJSON", "TransformersOracle",
      ]),
    tests("Trials", ["Trials", "Domains", "Experts", "Transformer"]),
    tests(
      "Tuning",
      [
        "Scratch",
        "Tuning", "Experts", "Training", "Transformer", "Tensors", "Kernels", "Text", "Safetensors",
        "StrictJSON",
      ]),
    tests(
      "Reinforcement",
      [
        "Scratch",
        "Reinforcement", "Curriculum", "Pretraining", "Text", "Tensors", "Kernels", "Transformer",
        "Training", "StrictJSON",
      ]),
    tests(
      "Courses",
      [
        "Courses", "Curriculum", "Kernels", "Pretraining", "Reinforcement", "Training",
        "Transformer", "Tuning", "TransformersOracle",
      ]),
    tests("Quantization", ["Quantization", "CIntegerLanes", "Kernels", "Tensors", "Transformer"]),
    tests(
      "GGUF", ["Scratch", "GGUF", "Quantization", "Kernels", "Tensors", "Transformer", "Text"]),
    tests(
      "SparseCourses",
      [
        "Scratch", "SparseCourses", "Courses", "Curriculum", "Pretraining", "SparsePretraining",
        "Transformer",
      ]),
    tests(
      "Shipping",
      [
        "Scratch", "Shipping", "Finishing", "Compression", "Pretraining", "Quantization", "Text",
        "Training", "Transformer", "Tensors", "Kernels",
      ]),
    tests("Notebook", ["Notebook"]),
    tests("Weave", ["weave", "Notebook"]),
    tests(
      "Chapter",
      [
        "weave", "ch01-tensors", "ch02-attention", "ch03-experts", "ch04-supervised",
        "ch05-reinforcement", "ch06-distillation", "ch07-zeropruning", "ch08-activationpruning",
        "ch09-redundancypruning", "ch10-lowrank", "ch11-quantization", "ch12-shipping",
        "study03-experts",
      ]),
  ],
  swiftLanguageModes: [.v6]
)
