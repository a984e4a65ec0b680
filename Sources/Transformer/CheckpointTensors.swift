import Foundation
import Safetensors
import Tensors

/// The parameters of a model, gathered by the tensors of a file in which they lie.
struct CheckpointTensors {
  private struct Part {
    let parameter: Int
    let place: TensorPlace
  }

  private let parameters: Parameters

  /// The tensors, in the order of the parameters that come first in them.
  private var tensors: [(name: String, shape: [Int], parts: [Part])] = []

  init(of model: Transformer, _ architecture: any Architecture) {
    parameters = model.parameters
    let places = architecture.places(in: model)
    var indices: [String: Int] = [:]
    for (index, parameter) in parameters.all.enumerated() {
      let place = places[parameter.name] ?? .whole(parameter.name)
      let (name, shape) =
        switch place {
        case .whole(let name): (name, parameter.shape.dimensions)
        case .stacked(let name, let shape, _, _): (name, shape)
        }
      let tensor = indices[name] ?? tensors.count
      if tensor == tensors.count {
        indices[name] = tensor
        tensors.append((name, shape, []))
      }
      tensors[tensor].parts.append(Part(parameter: index, place: place))
    }
  }

  /// The names of all tensors.
  var names: [String] { tensors.map(\.name) }

  /// Reads every parameter, one tensor at a time.
  func read(from directory: SafetensorsDirectory, prefix: String) throws(SafetensorsError) {
    for tensor in tensors {
      let floats = try directory.tensor(named: prefix + tensor.name, shape: tensor.shape).floats()
      for part in tensor.parts {
        let parameter = parameters.all[part.parameter]
        let values = unstacked(floats, of: tensor.shape, parameter.shape, part.place)
        parameter.set(Tensor(parameter.shape, values))
      }
    }
  }

  /// Writes all tensors to one file.
  func write(to url: URL) throws {
    try parameters.withValues { values in
      try SafetensorsFile.write(
        tensors.map { tensor in
          if tensor.parts.count == 1, case .whole = tensor.parts[0].place {
            return TensorView(
              tensor.name, tensor.shape, floats: values[tensor.parts[0].parameter].base)
          }
          return TensorView(tensor.name, tensor.shape) {
            stacked(tensor.parts.map { (values[$0.parameter], $0.place) }, tensor.shape)
          }
        }, to: url)
    }
  }
}

/// The values of one parameter out of those of a tensor.
private func unstacked(
  _ floats: [Float], of stack: [Int], _ shape: Shape, _ place: TensorPlace
) -> [Float] {
  guard case .stacked(_, _, let matrix, let firstColumn) = place else { return floats }
  let (outputs, inputs, columns) = (shape[0], shape[1], stack[2])
  let first = matrix * inputs * columns + firstColumn
  var values = [Float](repeating: 0, count: outputs * inputs)
  let source = floats.span
  var target = values.mutableSpan
  // Sixteen columns at a time, so that a line of memory is used as a whole once it has come.
  for block in stride(from: 0, to: outputs, by: 16) {
    for input in 0..<inputs {
      for output in block..<min(block + 16, outputs) {
        target[output * inputs + input] = source[first + input * columns + output]
      }
    }
  }
  return values
}

/// The values of a tensor out of those of the parameters that are its parts.
private func stacked(
  _ parts: [((name: String, shape: Shape, base: UnsafePointer<Float>), TensorPlace)],
  _ stack: [Int]
) -> [Float] {
  var floats = [Float](repeating: 0, count: stack.reduce(1, *))
  var target = floats.mutableSpan
  for (values, place) in parts {
    guard case .stacked(_, _, let matrix, let firstColumn) = place else { continue }
    let (outputs, inputs, columns) = (values.shape[0], values.shape[1], stack[2])
    let first = matrix * inputs * columns + firstColumn
    for block in stride(from: 0, to: outputs, by: 16) {
      for input in 0..<inputs {
        for output in block..<min(block + 16, outputs) {
          target[first + input * columns + output] = values.base[output * inputs + input]
        }
      }
    }
  }
  return floats
}
