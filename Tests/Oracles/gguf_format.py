"""GGUF files by the package `gguf`, and what it makes of ours.

Without arguments writes `Fixtures/gguf/reference.gguf`: every type of value and of tensor that we read,
and beside it the floats. With a file, prints its keys and tensors as JSON.
"""

import json
import pathlib
import sys

import gguf
import numpy
from gguf import GGMLQuantizationType as Type
from gguf import quants

from fixtures import shortest


def plain(value):
    if isinstance(value, (list, tuple, numpy.ndarray)):
        return [plain(v) for v in value]
    if isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, numpy.integer)):
        return int(value)
    return float(value)


def describe(path):
    reader = gguf.GGUFReader(path)
    keys = {k: plain(f.contents()) for k, f in reader.fields.items() if not k.startswith("GGUF.")}
    tensors = {}
    for tensor in reader.tensors:
        floats = quants.dequantize(tensor.data, tensor.tensor_type)
        tensors[tensor.name] = {
            "type": tensor.tensor_type.name,
            "shape": [int(n) for n in reversed(tensor.shape.tolist())],
            "floats": [shortest(v) for v in floats.flatten().tolist()],
        }
    return {"keys": keys, "tensors": tensors}


def reference(path):
    random = numpy.random.default_rng(5)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_uint8("test.uint8", 200)
    writer.add_int8("test.int8", -100)
    writer.add_uint16("test.uint16", 60000)
    writer.add_int16("test.int16", -30000)
    writer.add_uint32("test.uint32", 4_000_000_000)
    writer.add_int32("test.int32", -2_000_000_000)
    writer.add_float32("test.float32", 0.1)
    writer.add_uint64("test.uint64", 2**63 + 1)
    writer.add_int64("test.int64", -(2**62))
    writer.add_float64("test.float64", 0.1)
    writer.add_bool("test.bool", True)
    writer.add_string("test.string", "Übung 😀")
    writer.add_array("test.strings", ["a", "", "ñ"])
    writer.add_array("test.numbers", [1, -2, 3])
    writer.add_array("test.floats", [0.5, -0.25])
    matrix = random.normal(0, 1, (3, 256)).astype(numpy.float32)
    writer.add_tensor("vector", matrix[0, :5].copy())
    writer.add_tensor("float32", matrix)
    writer.add_tensor("float16", matrix.astype(numpy.float16))
    for kind in [Type.Q8_0, Type.Q4_0]:
        writer.add_tensor(kind.name, quants.quantize(matrix, kind), raw_dtype=kind)
    blocks = random.integers(0, 256, (2, 144), dtype=numpy.uint8)
    blocks[:, :4] = random.normal(0, 0.01, (2, 2)).astype(numpy.float16).view(numpy.uint8)
    writer.add_tensor("Q4_K", blocks, raw_dtype=Type.Q4_K)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if len(sys.argv) > 1:
    print(json.dumps(describe(sys.argv[1])))
else:
    folder = pathlib.Path(__file__).parent / "Fixtures" / "gguf"
    folder.mkdir(exist_ok=True)
    reference(folder / "reference.gguf")
    text = json.dumps(describe(folder / "reference.gguf"), ensure_ascii=False)
    (folder / "reference.json").write_text(text.replace('}, "', '},\n"') + "\n")
    for file in sorted(folder.iterdir()):
        print(file.name, file.stat().st_size, "bytes")
