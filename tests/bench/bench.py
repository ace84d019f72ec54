#!/usr/bin/python3
"""Measures dockgate beside a bare relay, nginx and haproxy.

What counts is CPU time of the proxy's processes per request and per GiB, not requests a second: the load generator
and the engine are on the same machine, and CPU time is what somebody pays. The proxies run in turn within each round;
the tables have medians over the rounds, and ratios to the floor are medians of the ratios within a round.
"""

import argparse
import os
import statistics
import sys

import measures
from contenders import COMMANDS, Broken, Stand


def collect(stand, cases, names, scale):
    """results[group][label][contender][column] -> a value for each round. What breaks is said and left out."""
    results, broken = {}, set()
    running = {name: stand.start(name) for name in names}
    for number in range(scale.rounds):
        for case in cases:
            for name, contender in running.items():
                if (case.only and name not in case.only) or (name, case.group, case.label) in broken:
                    continue
                try:
                    values = case.run(stand, contender, scale)
                except Broken as why:
                    print(f"bench: {why}", file=sys.stderr)
                    broken.add((name, case.group, case.label))
                    continue
                columns = results.setdefault(case.group, {}).setdefault(case.label, {}).setdefault(name, {})
                for column, value in values.items():
                    columns.setdefault(column, []).append(value)
        print(f"bench: round {number + 1} of {scale.rounds}", file=sys.stderr)
    for contender in running.values():
        stand.stop(contender)
    return results


def ratios(columns, column, floor):
    return [a / b for a, b in zip(columns.get(column, ()), floor.get(column, ())) if b]


def print_tables(results):
    """All that was measured, as plain lines."""
    for group, labels in results.items():
        for label, contenders in labels.items():
            print(f"\n{group}, {label}")
            floor = contenders.get("floor", {})
            for name, columns in contenders.items():
                cells = []
                for column, values in columns.items():
                    cells.append(f"{column} {statistics.median(values):.4g} [{min(values):.4g} {max(values):.4g}]")
                ratio = ratios(columns, "cpu", floor)
                times = f"{statistics.median(ratio):.2f}" if ratio else "-"
                print(f"  {name:<20} {times:>5} x floor   " + "  ".join(cells))


def main():
    groups = list(dict.fromkeys(case.group for case in measures.CASES))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="three short rounds, below three minutes")
    parser.add_argument("--only", action="append", metavar="NAME", help="only these: " + ", ".join(groups))
    parser.add_argument("--contenders", help="only these, with commas: " + ", ".join(COMMANDS))
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=float, help="of each measurement of requests")
    arguments = parser.parse_args()
    scale = measures.Scale(rounds=3, seconds=0.4, mib=256, quick=True) if arguments.quick else measures.Scale()
    scale.rounds = arguments.rounds or scale.rounds
    scale.seconds = arguments.seconds or scale.seconds
    cases = [case for case in measures.CASES if not arguments.only or case.group in arguments.only]
    wanted = [one.strip() for one in arguments.contenders.split(",")] if arguments.contenders else None
    for name in [*(arguments.only or []), *(wanted or [])]:
        if name not in groups and name not in COMMANDS:
            parser.error(f"there is no {name} (measures: {', '.join(groups)}; contenders: {', '.join(COMMANDS)})")
    with Stand() as stand:
        os.sched_setaffinity(0, {stand.cores[-1]})
        print_tables(collect(stand, cases, stand.names(wanted), scale))


if __name__ == "__main__":
    try:
        main()
    except Broken as why:
        sys.exit(f"bench: {why}")
