"""Writes a fixture: JSON with floats in the shortest form that reads back as the same 32 bits."""

import json
import pathlib

import numpy


def shortest(value):
    return float(numpy.format_float_positional(numpy.float32(value), unique=True))


def write(name, content):
    path = pathlib.Path(__file__).parent / "Fixtures" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, indent=None, separators=(",", ":")).replace("},{", "},\n{") + "\n")
    print(path.name, path.stat().st_size, "bytes")
