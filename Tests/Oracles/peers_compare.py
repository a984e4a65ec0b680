"""Our training and generation against torch's, in turn in one run, as ratios.

    python peers_compare.py BENCH [--rounds 3] [--seconds 4]

BENCH is our `bench` program. Each round measures every case here and there, one after the other,
so that a change in the machine's speed meets both; the line printed for a case has the medians and
the median ratio. Memory is each process's own peak.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

CASES = [
    ("train", "S", "eager"),
    ("train", "S", "compile"),
    ("train", "M", "eager"),
    ("train", "M", "compile"),
    ("train", "L", "eager"),
    ("train", "L", "compile"),
    ("generate", "M", "1"),
    ("generate", "M", "64"),
]


def lines(command):
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in output.splitlines()]


def peak_of(command):
    """The output of a program and the most memory it held, in bytes."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(command)} failed")
    return [json.loads(line) for line in output.splitlines()], usage.ru_maxrss * 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bench")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4)
    arguments = parser.parse_args()
    peers = str(pathlib.Path(__file__).parent / "peers.py")
    pairs = {case: [] for case in CASES}
    for _ in range(arguments.rounds):
        for case in CASES:
            what, size, detail = case
            seconds = ["--seconds", str(arguments.seconds)]
            option = ["--mode", detail] if what == "train" else ["--batch", detail]
            ours = [arguments.bench, what, "--size", size] + seconds
            if what == "generate":
                ours += option
            result, memory = peak_of(ours)
            there = lines([sys.executable, peers, what, "--size", size] + option + seconds)[0]
            pairs[case].append((result[0]["value"], there["value"], memory, there["memory"]))
    for case, values in pairs.items():
        print(
            json.dumps(
                {
                    "name": "-".join(case),
                    "value": statistics.median(v[0] for v in values),
                    "unit": "tokens/s",
                    "reference": "torch",
                    "reference_value": statistics.median(v[1] for v in values),
                    "ratio": round(statistics.median(v[0] / v[1] for v in values), 2),
                    "memory_ratio": round(statistics.median(v[2] / v[3] for v in values), 2),
                }
            ),
            flush=True,
        )


main()
