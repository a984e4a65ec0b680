"""Asks the package `gguf` for blocks of Q8_0 and Q4_0, and for what they and Q4_K stand for."""

import numpy
from gguf import GGMLQuantizationType as Type
from gguf import quants

from fixtures import shortest, write

random = numpy.random.default_rng(11)


def floats(array):
    return [shortest(v) for v in array.flatten().tolist()]


def rows():
    """Weights of every size, with ties, zeros, signs and a block that is all the same."""
    for scale in [1e-6, 0.02, 1.0, 300.0]:
        yield random.normal(0, scale, (6, 32))
    steps = numpy.arange(-16, 16) / 2.0
    yield numpy.stack([steps, -steps, steps * 254 / 16, numpy.round(steps) * 8 / 7])
    yield numpy.stack([numpy.zeros(32), numpy.full(32, -0.0), numpy.full(32, 3.0), numpy.full(32, -3.0)])
    single = numpy.zeros((4, 32))
    single[0, 0], single[1, 31], single[2, 15], single[3, 16] = 5, -5, -1e-4, 1e4
    yield single
    pair = numpy.zeros((2, 32))
    pair[0, 3], pair[0, 20], pair[1, 3], pair[1, 20] = 2, -2, -2, 2
    yield pair
    yield random.normal(0, 1, (2, 32)) * 1e-9


cases = []
weights = numpy.concatenate(list(rows())).astype(numpy.float32)
for kind in [Type.Q8_0, Type.Q4_0]:
    blocks = quants.quantize(weights, kind)
    cases.append(
        {
            "format": kind.name,
            "weights": floats(weights),
            "bytes": blocks.tobytes().hex(),
            "decoded": floats(quants.dequantize(blocks, kind)),
        }
    )

# There is no encoder of Q4_K in Python: any bytes will do, as long as the two scales are numbers.
blocks = random.integers(0, 256, (6, 144), dtype=numpy.uint8)
blocks[:, :4] = random.normal(0, 0.01, (6, 2)).astype(numpy.float16).view(numpy.uint8)
cases.append(
    {
        "format": "Q4_K",
        "weights": [],
        "bytes": blocks.tobytes().hex(),
        "decoded": floats(quants.dequantize(blocks, Type.Q4_K)),
    }
)

write("quantization.json", cases)
