#!/usr/bin/python3
"""Measures dockgate beside a bare relay, nginx and haproxy, and writes docs/benchmarks.md with its plot and the short
table of README.md; --quick writes build/benchmarks.md only.

What counts is CPU time of the proxy's processes per request and per GiB, not requests a second: the load generator
and the engine are on the same machine, and CPU time is what somebody pays. The proxies run in turn within each round;
the tables have medians over the rounds, and ratios are medians of the ratios within a round.

With --only or --contenders the values are printed and no page is written. The contender "other" is the gate of another
build, which the variable DOCKGATE_OTHER names.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import sys
import time

import dockerd
import machine
import measures
import page
import plot
from contenders import COMMANDS, ROOT, Broken, Stand

RESULTS = ROOT / "build/bench.json"


class Collected:
    """values[group][label][contender][column] -> a value for each round. What breaks is said once and left out."""

    def __init__(self):
        self.values = {}
        self.broken = {}

    def take(self, stand, case, contender, scale):
        """Runs one case once for one contender."""
        key = (contender.name, case.group, case.label)
        if key in self.broken:
            return
        try:
            values = case.run(stand, contender, scale)
        except (Broken, OSError) as why:  # an OSError: not root, so a process of another user can't be looked at
            print(f"bench: {why}", file=sys.stderr)
            self.broken[key] = str(why)
            return
        columns = self.values.setdefault(case.group, {}).setdefault(case.label, {}).setdefault(contender.name, {})
        for column, value in values.items():
            columns.setdefault(column, []).append(value)

    def rounds(self, stand, cases, contenders, scale):
        """All rounds of some cases, the contenders in turn, each round beginning with another one. Returns how many
        there were: fewer where the next one would not fit into the time that there is."""
        start = time.monotonic()
        for number in range(scale.rounds):
            began = time.monotonic()
            if scale.budget and number and (began - start) * (number + 1) / number > scale.budget:
                return number
            turn = contenders[number % len(contenders):] + contenders[:number % len(contenders)]
            for case in cases:
                if case.rounds and number >= case.rounds and not scale.exact:
                    continue
                for contender in turn:
                    if case.wants(contender.name, scale.quick):
                        self.take(stand, case, contender, scale)
            print(f"bench: round {number + 1} of {scale.rounds}, {time.monotonic() - began:.0f} s", file=sys.stderr)
        return scale.rounds


def measure(cases, real_cases, wanted, scale):
    """Everything; the stub engine first, then the real one."""
    collected, rounds = Collected(), 0
    with Stand() as stand:
        os.sched_setaffinity(0, {stand.cores[-1]})
        names = stand.names(wanted)
        if cases:
            contenders = [stand.start(name) for name in names]
            rounds = collected.rounds(stand, cases, contenders, scale)
            for contender in contenders:
                stand.stop(contender)
        if real_cases:
            try:
                os.sched_setaffinity(0, set(stand.cores))  # the engine takes what there is
                with dockerd.running() as engine:
                    stand.engine = f"unix:{engine.socket}"
                    contenders = [stand.straight(), *[stand.start(name) for name in names]]
                    collected.rounds(stand, real_cases, contenders, scale)
                    for contender in contenders[1:]:
                        stand.stop(contender)
            except Broken as why:
                print(f"bench: no real engine: {why}", file=sys.stderr)
    return collected.values, rounds or scale.rounds


def versions():
    """What was measured, by what the programs say."""
    said = [machine.first_line(str(ROOT / "build/dockgate"), "--version"),
            machine.first_line("/usr/sbin/nginx", "-v").replace("nginx version: ", ""),
            machine.first_line("/usr/sbin/haproxy", "-v").split(" - ")[0]]
    return [one for one in said if one]


def arguments_read():
    groups = list(dict.fromkeys(case.group for case in measures.CASES + measures.REAL_CASES))
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="up to five rounds, below three minutes")
    parser.add_argument("--only", action="append", metavar="NAME", help="only these: " + ", ".join(groups))
    parser.add_argument("--contenders", help="only these, with commas: " + ", ".join(COMMANDS))
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=float, help="of each measurement of requests")
    parser.add_argument("--output", type=pathlib.Path, help="the page; its plot lies beside")
    parser.add_argument("--again", action="store_true", help="make the page from what was measured last")
    arguments = parser.parse_args()
    arguments.wanted = [one.strip() for one in arguments.contenders.split(",")] if arguments.contenders else None
    for name, known in [*((one, groups) for one in arguments.only or ()),
                        *((one, COMMANDS) for one in arguments.wanted or ())]:
        if name not in known:
            parser.error(f"there is no {name}; there are: {', '.join(known)}")
    if "other" in (arguments.wanted or ()) and "DOCKGATE_OTHER" not in os.environ:
        parser.error("other: DOCKGATE_OTHER names no build")
    return arguments


def main():
    arguments = arguments_read()
    scale = dataclasses.replace(measures.QUICK if arguments.quick else measures.FULL)
    scale.rounds, scale.exact = arguments.rounds or scale.rounds, bool(arguments.rounds)
    scale.seconds = arguments.seconds or scale.seconds
    chosen = [[case for case in cases if not arguments.only or case.group in arguments.only]
              for cases in (measures.CASES, measures.REAL_CASES)]
    if arguments.again:
        about = json.loads(RESULTS.read_text())
    else:
        values, rounds = measure(*chosen, arguments.wanted, scale)
        about = {"values": values, "rounds": rounds, "seconds": scale.seconds, "mib": scale.mib,
                 "machine": machine.describe(), "versions": versions(), "quick": scale.quick}
    if not arguments.again and (arguments.only or arguments.wanted):
        print(page.plain(about["values"]))
        return
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(about, indent=1))
    kept = ROOT / "docs/benchmarks.md"
    output = (arguments.output or (ROOT / "build/benchmarks.md" if about["quick"] else kept)).resolve()
    output.with_suffix(".svg").write_text(plot.draw(about))
    output.write_text(page.write(about, output.with_suffix(".svg").name))
    if output == kept:
        readme = ROOT / "README.md"
        readme.write_text(page.with_short_table(readme.read_text(), about))
    print(page.summary(about))
    print(f"\nThe page is {output.relative_to(ROOT) if output.is_relative_to(ROOT) else output}.")


if __name__ == "__main__":
    try:
        main()
    except Broken as why:
        sys.exit(f"bench: {why}")
