#!/usr/bin/python3
"""Sums JUnit files up into the line "N passed, N failed" that script/test ends with.

usage: count_results.py BROKEN FILE…
BROKEN is how many parts of the run ended with an error. Where more parts ended so than tests failed (a part
that could not even start has no failed test to show), the difference counts as failures, so that the line
never says 0 for a run that broke.
"""

import sys
import xml.etree.ElementTree as ElementTree


def count(path):
    """Passed and failed cases of one file; skipped ones are neither. A missing file has none."""
    try:
        root = ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError):
        return 0, 1
    passed = failed = 0
    for case in root.iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif case.find("skipped") is None:
            passed += 1
    return passed, failed


def main(arguments):
    broken = int(arguments[0])
    sums = [count(path) for path in arguments[1:]]
    passed = sum(one[0] for one in sums)
    failed = max(sum(one[1] for one in sums), broken)
    print(f"{passed} passed, {failed} failed")


if __name__ == "__main__":
    main(sys.argv[1:])
