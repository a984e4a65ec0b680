"""Writes the files of Fixtures/safetensors with the reference implementation of the format.

(The name is not safetensors.py, because that would hide the package of this name.)
"""

import base64
import json
import pathlib
import struct

import numpy
import safetensors
import safetensors.numpy
import safetensors.torch
import torch

from fixtures import shortest

FOLDER = pathlib.Path(__file__).parent / "Fixtures" / "safetensors"
FOLDER.mkdir(parents=True, exist_ok=True)
PT = {"format": "pt"}


# Every type of torch that the format knows and NumPy has too, names in need of escapes, rank 0,
# no elements. The floats among them are listed in reference.json as torch widens them.

generator = torch.Generator().manual_seed(1)
normal = lambda *shape: torch.randn(*shape, generator=generator)
tensors = {
    "model.norm.weight": normal(5),
    "model.embed_tokens.weight": normal(3, 4),
    "scalar": torch.tensor(-0.0),
    "empty": torch.zeros(0, 7),
    "half": torch.cat([normal(6).half(), torch.tensor([6e-8, 6.1e-5, -65504, -0.0]).half()]),
    "half.bits": torch.arange(0, 65536, 37).to(torch.uint16).view(torch.float16),
    "brain": torch.cat([normal(6).bfloat16(), torch.tensor([1e-40, -3.3e38]).bfloat16()]),
    "brain.bits": torch.arange(0, 65536, 41).to(torch.uint16).view(torch.bfloat16),
    "double": torch.tensor([0.1, 1e-46, 16777217.0, 3.4028235677973366e38, -1 / 3, 1e300]).double(),
    "i64": torch.tensor([-(2**63), 2**63 - 1]),
    "i32": torch.arange(3, dtype=torch.int32).reshape(1, 3, 1),
    "i16": torch.tensor([-7], dtype=torch.int16),
    "i8": torch.tensor([-128, 127], dtype=torch.int8),
    "u8": torch.tensor([0, 255, 3], dtype=torch.uint8),
    "bool": torch.tensor([True, False, True]),
    "Zürich \"\\/\b\f\n\r\t\x01\x1f\x7f\u2028 🌲 e\u0301": torch.tensor([1.0]),
    "Z": torch.tensor([2.0]),
    "z\U0001F332": torch.tensor([3.0]),
    "z\uFFFD": torch.tensor([4.0]),
}
safetensors.torch.save_file(tensors, FOLDER / "reference.safetensors", metadata=PT)
listed = {
    name: [
        str(float(x)) if not torch.isfinite(x) else shortest(x.item())
        for x in tensor.float().flatten()
    ]
    for name, tensor in tensors.items()
    if tensor.is_floating_point()
}
(FOLDER / "reference.json").write_text(
    json.dumps({"safetensors": safetensors.__version__, "torch": torch.__version__, "floats": listed})
)

safetensors.numpy.save_file({}, FOLDER / "nothing.safetensors")
safetensors.numpy.save_file(
    {"a": numpy.float32([1, 2])}, FOLDER / "without-metadata.safetensors"
)

# The same numbers in three types, rounded by torch: ties, the smallest and the largest.

random = torch.randint(0, 2**32, (400,), generator=generator).to(torch.uint32).view(torch.float32)
random = random[random.isfinite() & (random.abs() < 65519)]
edges = [65519.0, 65504.0, 2.0**-14, 2.0**-24, 2.0**-25, 2.0**-25 * 1.5, 2.0**-26, 1.5 * 2.0**-24]
edges += [2.5 * 2.0**-24, 2.0**-14 - 2.0**-26, 2.0**-14 - 2.0**-24, 1e-45, 0.0]
edges += [1 + k * 2.0**-12 for k in range(9)] + [1 + k * 2.0**-9 for k in range(9)]
numbers = torch.cat(
    [normal(200), random, torch.tensor(edges), -torch.tensor(edges)]
    + [torch.tensor([float("inf"), float("-inf")])]
)
for kind in (torch.float32, torch.float16, torch.bfloat16):
    name = str(kind).removeprefix("torch.") + ".safetensors"
    safetensors.torch.save_file({"numbers": numbers.to(kind)}, FOLDER / name, metadata=PT)

# A model in two shards, laid out as transformers does it.

shards = FOLDER / "sharded"
shards.mkdir(exist_ok=True)
layout = [
    ("model-00001-of-00002.safetensors", {"a": torch.tensor([1.0, 2.0]), "b": torch.tensor(3.0)}),
    ("model-00002-of-00002.safetensors", {"c": torch.tensor([[4.0], [5.0]]).bfloat16()}),
]
for name, content in layout:
    safetensors.torch.save_file(content, shards / name, metadata=PT)
index = {
    "metadata": {"total_parameters": 5, "total_size": 16},
    "weight_map": {tensor: name for name, content in layout for tensor in content},
}
(shards / "model.safetensors.index.json").write_text(json.dumps(index, indent=2) + "\n")


# Files by hand, good and bad, and what the reference says of them.


def entry(dtype="F32", shape="[2]", offsets="[0,8]"):
    return '{"dtype":"%s","shape":%s,"data_offsets":%s}' % (dtype, shape, offsets)


def whole(header, data=8, length=None):
    header = header if isinstance(header, bytes) else header.encode()
    return struct.pack("<Q", len(header) if length is None else length) + header + bytes(data)


A = '"a":' + entry()
cases = {
    "plain": whole("{%s}" % A),
    "padded with spaces": whole("{%s}   " % A),
    "padded with other white space": whole("{%s}\n\r\t" % A),
    "white space between": whole("{ %s \n}" % A.replace(":", " : ").replace(",", " ,\t")),
    "keys in another order": whole('{"a":{"data_offsets":[0,8],"shape":[2],"dtype":"F32"}}'),
    "an unknown key": whole('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":[{"y":-1.5e+3}]}}'),
    "an unknown key, badly written": whole('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":01}}'),
    "metadata last": whole('{%s,"__metadata__":{"k":"v"}}' % A),
    "escaped name": whole('{"\\u0061\\ud83c\\udf32\\/":%s}' % entry()),
    "entries out of order": whole('{"b":%s,"a":%s}' % (entry(shape="[1]", offsets="[4,8]"), entry(shape="[1]", offsets="[0,4]"))),
    "zero tensors": whole("{}", data=0),
    "scalar": whole('{"a":%s}' % entry(shape="[]", offsets="[0,4]"), data=4),
    "no elements": whole('{"a":%s,"b":%s}' % (entry(shape="[0,9]", offsets="[0,0]"), entry())),
    "no elements, at the end": whole('{"a":%s,"b":%s}' % (entry(shape="[0]", offsets="[8,8]"), entry())),
    "no elements, beyond the end": whole('{"a":%s,"b":%s}' % (entry(shape="[0]", offsets="[9,9]"), entry())),
    "four bits": whole('{"a":%s}' % entry("F4", "[4,4]")),
    "half a byte": whole('{"a":%s}' % entry("F4", "[5,3]")),
    "six bits": whole('{"a":%s}' % entry("F6_E2M3", "[4]", "[0,3]"), data=3),
    "all types": whole(
        "{%s}" % ",".join(
            '"%d":%s' % (i, entry(dtype, "[8]", "[%d,%d]" % (64 * i, 64 * i + 64)))
            for i, dtype in enumerate(["I64", "U64", "F64", "C64"])
        ), data=256,
    ),
    "unknown type": whole('{"a":%s}' % entry("F31")),
    "type in lower case": whole('{"a":%s}' % entry("f32")),
    "nothing": b"",
    "seven bytes": bytes(7),
    "eight zeros": bytes(8),
    "header beyond the end": whole("{%s}" % A, length=999),
    "header longer than allowed": whole("{%s}" % A, length=100_000_001),
    "header of 2^64 - 1": whole("{%s}" % A, length=2**64 - 1),
    "header of 2^63": whole("{%s}" % A, length=2**63),
    "header too short": whole("{%s}" % A, length=20),
    "not an object": whole("[]", data=0),
    "not JSON": whole("hello", data=0),
    "leading space": whole(" {%s}" % A),
    "byte order mark": whole(b"\xef\xbb\xbf{%s}" % A.encode()),
    "something behind": whole("{%s}x" % A),
    "zeros behind": whole("{%s}\0" % A),
    "trailing comma": whole("{%s,}" % A),
    "bad UTF-8": whole(b'{"\xff":%s}' % entry().encode()),
    "surrogate in UTF-8": whole(b'{"\xed\xa0\x80":%s}' % entry().encode()),
    "overlong UTF-8": whole(b'{"\xc0\xaf":%s}' % entry().encode()),
    "half a surrogate": whole('{"\\ud83c":%s}' % entry()),
    "trailing surrogate": whole('{"\\udf32":%s}' % entry()),
    "line break in a name": whole('{"a\nb":%s}' % entry()),
    "unknown escape": whole('{"\\x61":%s}' % entry()),
    "duplicate tensor": whole('{%s,%s}' % (A, A)),
    "duplicate tensor, other place": whole('{"a":%s,"a":%s}' % (entry(shape="[1]", offsets="[0,4]"), entry(shape="[1]", offsets="[4,8]"))),
    "duplicate dtype": whole('{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}'),
    "duplicate metadata": whole('{"__metadata__":{},"__metadata__":{},%s}' % A),
    "duplicate line of metadata": whole('{"__metadata__":{"k":"v","k":"w"},%s}' % A),
    "metadata of numbers": whole('{"__metadata__":{"k":1},%s}' % A),
    "metadata null": whole('{"__metadata__":null,%s}' % A),
    "metadata like a tensor": whole('{"__metadata__":%s}' % entry()),
    "entry as a list": whole('{"a":["F32",[2],[0,8]]}'),
    "entry null": whole('{"a":null,"b":%s}' % entry()),
    "no dtype": whole('{"a":{"shape":[2],"data_offsets":[0,8]}}'),
    "no shape": whole('{"a":{"dtype":"F32","data_offsets":[0,8]}}'),
    "no offsets": whole('{"a":{"dtype":"F32","shape":[2]}}'),
    "one offset": whole('{"a":%s}' % entry(offsets="[8]")),
    "three offsets": whole('{"a":%s}' % entry(offsets="[0,8,8]")),
    "reversed offsets": whole('{"a":%s}' % entry(offsets="[8,0]")),
    "negative offset": whole('{"a":%s}' % entry(offsets="[-8,0]")),
    "minus zero": whole('{"a":%s}' % entry(offsets="[-0,8]")),
    "fraction": whole('{"a":%s}' % entry(offsets="[0,8.0]")),
    "exponent": whole('{"a":%s}' % entry(offsets="[0,8e0]")),
    "leading zero": whole('{"a":%s}' % entry(offsets="[0,08]")),
    "number as a string": whole('{"a":%s}' % entry(shape='["2"]')),
    "negative size": whole('{"a":%s}' % entry(shape="[-2]")),
    "wrong size": whole('{"a":%s}' % entry(shape="[3]")),
    "wrong type": whole('{"a":%s}' % entry("F64")),
    "beyond Int64": whole('{"a":%s}' % entry(shape="[9223372036854775808]")),
    "beyond UInt64": whole('{"a":%s}' % entry(shape="[18446744073709551616]")),
    "overflow": whole('{"a":%s}' % entry(shape="[4294967296,4294967296,4294967296]")),
    "overflow to the right size": whole('{"a":%s}' % entry(shape="[2,2305843009213693953,4]")),
    "overflow before a zero": whole('{"a":%s,"b":%s}' % (entry(shape="[4294967296,4294967296,0]", offsets="[0,0]"), entry())),
    "zero before an overflow": whole('{"a":%s,"b":%s}' % (entry(shape="[0,4294967296,4294967296]", offsets="[0,0]"), entry())),
    "overflow in bytes": whole('{"a":%s}' % entry(shape="[4611686018427387906]")),
    "a terabyte": whole('{"a":%s}' % entry(shape="[274877906944]", offsets="[0,1099511627776]")),
    "overlap": whole('{"a":%s,"b":%s}' % (entry(), entry(shape="[1]", offsets="[4,8]"))),
    "same place": whole('{"a":%s,"b":%s}' % (entry(), entry())),
    "gap": whole('{"a":%s,"b":%s}' % (entry(shape="[1]", offsets="[0,4]"), entry(shape="[1]", offsets="[8,12]")), data=12),
    "gap at the start": whole('{"a":%s}' % entry(shape="[1]", offsets="[4,8]")),
    "truncated": whole("{%s}" % A, data=7),
    "no data": whole("{%s}" % A, data=0),
    "trailing byte": whole("{%s}" % A, data=9),
    "deep nesting": whole('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":%s}}' % ("[" * 100_0 + "]" * 100_0)),
    "deep nesting without an end": whole('{"a":' + "[" * 1000),
    "shape of rank 64": whole('{"a":%s}' % entry(shape="[" + "1," * 63 + "2]")),
    "shape of rank 65": whole('{"a":%s}' % entry(shape="[" + "1," * 64 + "2]")),
}


def accepted(content):
    try:
        safetensors.deserialize(content)
        return True
    except safetensors.SafetensorError:
        return False


verdicts = [
    {"name": name, "file": base64.b64encode(content).decode(), "accepted": accepted(content)}
    for name, content in cases.items()
]
lines = ",\n".join(json.dumps(verdict) for verdict in verdicts)
(FOLDER / "verdicts.json").write_text(f"[\n{lines}\n]\n")
for path in sorted(FOLDER.rglob("*.*")):
    print(path.relative_to(FOLDER), path.stat().st_size, "bytes")
