"""Our training, generation and reinforcement against torch's, in turn in one run, as ratios.

    python peers_compare.py BENCH [--only train-M] [--rounds 3] [--seconds 4] [--record FILE]
        [--base FOLDER]

BENCH is our `bench` program. Each round measures every case here and there, one after the other,
so that a change in the machine's speed meets both; what is printed for a case are the medians and
the median ratio. Memory is each process's own peak. The record is what the book shows; cases that
were left out keep the figures they had. Reinforcement needs the book's base model, which chapter 2
leaves among the artefacts; without it its cases are left out.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

CASES = [
    # name, peer, the arguments of our bench, the arguments of peers.py or peers_reinforce.py
    *(
        (f"train {size}", f"torch {mode}", ["train", "--size", size], ["train", "--size", size, "--mode", mode])
        for size in "SML"
        for mode in ("eager", "compile")
    ),
    *(
        (f"generate M, batch {batch}", "torch eager", command, command)
        for batch in ("1", "64")
        for command in (["generate", "--size", "M", "--batch", batch],)
    ),
    *(
        (
            f"experts: {what}",
            f"torch {way}",
            # A mixture wants more tokens at once than the trainer's least memory.
            command + ["--experts"] + (["--tokens-at-once", "4096"] if "train" in command else []),
            command + ["--experts", way],
        )
        for what, command in [
            ("train M", ["train", "--size", "M"]),
            ("generate M, batch 1", ["generate", "--size", "M", "--batch", "1"]),
            ("generate M, batch 64", ["generate", "--size", "M", "--batch", "64"]),
        ]
        for way in ("loop", "sorted", "grouped")
    ),
    *(
        (f"reinforce: {part}", f"torch {mode}", ["reinforce", *which], [*which, "--mode", mode])
        for part in ("step", "rollouts")
        for which in (["--part", part],)
        for mode in ("eager", "compile")
    ),
]


def peak_of(command):
    """The output of a program and the most memory it held, in bytes."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(command)} failed")
    return [json.loads(line) for line in output.splitlines()], usage.ru_maxrss * 1024


def base_model(artefacts):
    """The folder of the base model that was trained for longest, and last; none if there is none."""
    made = [file.parent for file in artefacts.glob("base-model-*/losses.json")]
    steps = lambda folder: len(json.loads((folder / "losses.json").read_text()))
    return max(made, key=lambda folder: (steps(folder), folder.stat().st_mtime), default=None)


def machine(torch):
    model = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo") as info:
            model = next(l.split(":")[1].strip() for l in info if l.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{model}, 2 threads, torch {torch}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bench")
    parser.add_argument("--only", default="", help="the cases whose name begins so")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--record", type=pathlib.Path, help="the file to keep the figures in")
    parser.add_argument("--base", type=pathlib.Path, help="the folder of the base model")
    arguments = parser.parse_args()
    here = pathlib.Path(__file__).parent
    cases = [case for case in CASES if case[0].startswith(arguments.only)]
    if not cases:
        names = ", ".join(sorted({case[0] for case in CASES}))
        sys.exit(f"no case begins with '{arguments.only}'; there are {names}")
    base = arguments.base or base_model(here / "../../.build/espalier/artefacts")
    if not base and any("reinforce" in case[2] for case in cases):
        print("no base model: `make chapter N=2` trains it; without reinforcement", file=sys.stderr)
        cases = [case for case in cases if "reinforce" not in case[2]]
        if not cases:
            sys.exit(1)
    pairs = {case[:2]: [] for case in cases}
    seconds = ["--seconds", str(arguments.seconds)]
    started = time.monotonic()
    for turn in range(arguments.rounds):
        for index, (name, peer, ours, theirs) in enumerate(cases):
            done = turn * len(cases) + index
            left = (time.monotonic() - started) / max(1, done) * (
                arguments.rounds * len(cases) - done
            )
            print(
                f"round {turn + 1} of {arguments.rounds}: {name} beside {peer}"
                + (f", about {left / 60:.0f} min left" if done else ""),
                file=sys.stderr,
            )
            reinforces = "reinforce" in ours
            script = here / ("peers_reinforce.py" if reinforces else "peers.py")
            options = ["--base", str(base)] + seconds if reinforces else seconds
            ours, memory = peak_of([arguments.bench] + ours + options)
            theirs, _ = peak_of([sys.executable, str(script)] + theirs + options)
            pairs[name, peer].append((ours[0]["value"], theirs[0], memory))
    rows = []
    for (name, peer), values in pairs.items():
        ratios = sorted(ours / theirs["value"] for ours, theirs, _ in values)
        rows.append(
            {
                "name": name,
                "peer": peer,
                "ours": round(statistics.median(v[0] for v in values)),
                "theirs": round(statistics.median(v[1]["value"] for v in values)),
                "ratio": round(statistics.median(ratios), 2),
                "least": round(ratios[0], 2),
                "greatest": round(ratios[-1], 2),
                "memory": round(statistics.median(m / t["memory"] for _, t, m in values), 2),
            }
        )
        print(json.dumps(rows[-1]), flush=True)
    if arguments.record:
        kept = []
        if arguments.record.exists():
            measured = {(row["name"], row["peer"]) for row in rows}
            kept = [
                row
                for row in json.loads(arguments.record.read_text())["cases"]
                if (row["name"], row["peer"]) not in measured
            ]
        order = {case[:2]: index for index, case in enumerate(CASES)}
        rows = sorted(
            (row for row in kept + rows if (row["name"], row["peer"]) in order),
            key=lambda row: order[row["name"], row["peer"]],
        )
        record = {"machine": machine(values[0][1]["torch"]), "cases": rows}
        partial = arguments.record.with_suffix(".partial")
        partial.write_text(json.dumps(record, indent=1) + "\n")
        partial.replace(arguments.record)


main()
