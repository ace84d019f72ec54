"""The tools that read the code: formatter, clang-tidy, cppcheck, gcc -fanalyzer, shellcheck, codespell."""

import json
import os
import pathlib
import re
import subprocess

import pytest

from sources import FILES, ROOT, below, shell_scripts, text

C_FILES = below("src", "tests", endings=(".c", ".h"))
OURS = [path for path in FILES if "corpus" not in path.parts and path.parts[:2] != ("tests", "data")]


def run(*command, **more):
    """Runs a tool in the project's root; fails with what it said."""
    done = subprocess.run([str(one) for one in command], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace", check=False, timeout=280, **more)
    assert done.returncode == 0, f"{command[0]} says:\n{done.stdout}"
    return done.stdout


@pytest.mark.parametrize("path", C_FILES, ids=str)
def test_clang_format(path):
    run("clang-format-14", "--dry-run", "--Werror", path)


def build(variant):
    """Builds a variant as script/build does. One worker at a time: ninja does not share a folder."""
    lock = ROOT / f"build/.{variant}.lock"
    lock.parent.mkdir(exist_ok=True)
    run("flock", lock, ROOT / "script/build", variant, env={**os.environ, "JOBS": "2"})


@pytest.fixture(scope="session")
def clang_build():
    """Everything compiles under clang with the same warnings as errors; clang-tidy needs its command lines."""
    build("clang")
    return ROOT / "build/clang"


def test_clang_builds_without_a_warning(clang_build):
    build("release")  # has parts that a static program alone is made of
    known = {(folder / one["file"]).resolve() for folder in (clang_build, ROOT / "build/release")
             for one in json.loads((folder / "compile_commands.json").read_text())}
    missing = [str(path) for path in below("src", endings=(".c",)) if (ROOT / path).resolve() not in known]
    assert not missing, f"not in any meson.build: {missing}"


@pytest.mark.parametrize("path", below("src", endings=(".c",)), ids=str)
def test_clang_tidy(path, clang_build):
    run("clang-tidy-14", "--quiet", "-p", clang_build, path)


def test_cppcheck(clang_build):
    cache = ROOT / "build/cppcheck"
    cache.mkdir(parents=True, exist_ok=True)
    run("cppcheck", "--std=c11", "--enable=warning,performance,portability", "--error-exitcode=1", "--quiet",
        "--inline-suppr", "--suppress=missingIncludeSystem", f"--cppcheck-build-dir={cache}", "-j", "2",
        "-D_GNU_SOURCE", "-D__x86_64__", "-Isrc", f"-I{clang_build}/src", "src")


def test_gcc_analyzer():
    build("analyzer")


@pytest.mark.parametrize("path", shell_scripts(), ids=str)
def test_shellcheck(path):
    run("shellcheck", "-x", path)
    body = text(path)
    if "sourced, not run" not in body and re.match(r"#!.*bash", body):
        assert "set -euo pipefail" in body


def test_codespell():
    words = pathlib.Path("tests/lint/spelling.txt")
    spelt = [path for path in OURS if path != words and path.name != "go.sum"]  # a list of checksums has no words
    run("codespell", "--quiet-level=2", f"--ignore-words={words}", *spelt)


def test_complexity_report():
    """No limit, a report: the ten most complex functions, in build/results/complexity.txt."""
    listing = run("pmccabe", *below("src", endings=(".c",)))
    rows = sorted(listing.splitlines(), key=lambda row: -int(row.split()[0]))
    report = ROOT / "build/results/complexity.txt"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text("\n".join(rows[:10]) + "\n")
    assert rows
