"""What is made of the tables: --help, completions and manual pages. Each is well formed by its own tools, and all of
them name the same commands and flags."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from support.gate import ROOT, binary


def run(*arguments):
    done = subprocess.run([binary(), *arguments], env={}, capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 0 and not done.stderr, done
    return done.stdout


def tool(*command, stdin=None):
    if shutil.which(command[0]) is None:
        pytest.skip(f"no {command[0]} here")
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, timeout=60)


def commands():
    return re.findall(r"^  ([a-z]+) ", run("--help"), re.M)


def help_flags(command):
    """A command's own flags by its --help, and whether it takes those of serve and the options."""
    text = run(command, "--help")
    own = set(re.findall(r"^  --([a-z-]+)", text, re.M))
    return own, "--containers=1" in text or command == "serve"


def option_names():
    """The options of all dialects."""
    lists = [run("options", "--dialect=" + d) for d in ("mjmccans", "tecnativa", "fluencelabs", "linuxserver")]
    return {line.split()[0] for text in lists for line in text.splitlines()}


def shared_flags():
    """Settings by serve --help, options by their own list."""
    settings = re.findall(r"^  ([A-Z_]+) ", run("serve", "--help"), re.M)
    options = sorted(option_names())
    names = [re.sub("^DOCKGATE_", "", name) for name in settings] + options
    assert len(settings) > 15 and len(options) > 100
    return {name.lower().replace("_", "-") for name in names}


def expected(command):
    own, takes_shared = help_flags(command)
    return own | (shared_flags() if takes_shared else set()) | {"help"}


# Syntax, by the shells themselves.


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_well_formed(shell, tmp_path):
    path = tmp_path / "script"
    path.write_text(run("completion", shell), encoding="utf-8")
    done = tool(shell, "-n", str(path))
    assert done.returncode == 0 and not done.stderr, done


@pytest.mark.parametrize("arguments", [["completion"], ["completion", "csh"], ["completion", "bash", "x"], ["man", "6"], ["schema", "x"],
                                       ["man", "1", "7"], ["completion", "--containers=1", "bash"]])
def test_usage(arguments):
    done = subprocess.run([binary(), *arguments], env={}, capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 2 and done.stderr and not done.stdout


# The flags that each shell offers.


def bash_words(*words):
    """What bash offers for the last of `words`."""
    script = run("completion", "bash") + """
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        compopt() { :; }
        _dockgate
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    done = tool("bash", "-c", script, "bash", *words)
    assert done.returncode == 0 and not done.stderr, done
    return set(done.stdout.split())


def fish_words(line):
    """What fish offers for that line."""
    done = tool("fish", "--no-config", "-c", run("completion", "fish") + f"\ncomplete -C '{line}'\n")
    assert done.returncode == 0, done
    return {one.split("\t")[0] for one in done.stdout.splitlines()}


@pytest.mark.parametrize("command", commands())
def test_bash_offers_the_flags_of_help(command):
    offered = {re.sub("^--|=$", "", word) for word in bash_words("dockgate", command, "--")}
    assert offered == expected(command)


@pytest.mark.parametrize("command", commands())
def test_fish_offers_the_flags_of_help(command):
    offered = {word.strip("-=") for word in fish_words(f"dockgate {command} --")}
    assert offered == expected(command)


def test_zsh_lists_the_flags_of_help():
    script = run("completion", "zsh")
    shared = set(re.findall(r"'--([a-z-]+)=?\[", script.split("shared=(")[1].split("\n  )\n")[0]))
    assert shared == shared_flags()
    for command in commands():
        block = script.split(f"\n  {command})\n")[1].split(";;")[0]
        own, takes_shared = help_flags(command)
        assert set(re.findall(r"'--([a-z-]+)=?\[", block)) == own | {"help"}
        assert ("$shared" in block) == takes_shared


BASH = [
    (["dockgate", ""], {"serve", "check", "explain"}),
    (["dockgate", "ch"], {"check"}),
    (["dockgate", "--log-f"], {"--log-format="}),
    (["dockgate", "serve", "--log", "=", "d"], {"denied"}),
    (["dockgate", "serve", "--log", "="], {"all", "denied", "off"}),
    (["dockgate", "serve", "--log", "d"], {"denied"}),
    (["dockgate", "--containers", "=", ""], {"1", "0"}),
    (["dockgate", "explain", "DEL"], {"DELETE"}),
    (["dockgate", "completion", ""], {"bash", "zsh", "fish"}),
    (["dockgate", "check", "--preset", "=", "traef"], {"traefik"}),
    (["dockgate", "--preset", "=", "dozz"], {"dozzle"}),
    (["dockgate", "preset", "dozz"], {"dozzle"}),
    (["dockgate", "check", "x"], set()),
]


@pytest.mark.parametrize("words, want", BASH)
def test_bash_offers(words, want):
    assert want <= bash_words(*words) and (want or not bash_words(*words))


@pytest.mark.parametrize("line, want", [("dockgate che", "check"), ("dockgate serve --log=d", "--log=denied"),
                                        ("dockgate completion z", "zsh"), ("dockgate --containers-lo", "--containers-logs=")])
def test_fish_offers(line, want):
    assert want in fish_words(line) or want.rstrip("=") in fish_words(line)


# Manual pages.


@pytest.mark.parametrize("section", ["1", "5", "7"])
def test_man_is_well_formed(section, tmp_path):
    path = tmp_path / f"page.{section}"
    path.write_text(run("man", section), encoding="utf-8")
    done = tool("mandoc", "-Tlint", str(path))
    assert done.returncode == 0 and not done.stdout, done
    done = tool("man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", str(path))
    assert done.returncode == 0 and not done.stderr, done


BESIDE = {"dockgate.1": ["man", "1"], "dockgate.yaml.5": ["man", "5"], "dockgate-options.7": ["man", "7"],
          "dockgate": ["completion", "bash"], "_dockgate": ["completion", "zsh"], "dockgate.fish": ["completion", "fish"]}


@pytest.mark.parametrize("name", BESIDE)
def test_the_build_writes_them(name):
    """What `meson install` puts beside the binary is what the binary says."""
    if Path(binary()) != ROOT / "build/dockgate":
        pytest.skip("another binary than the release build's")
    assert (ROOT / "build/release/packaging" / name).read_text(encoding="utf-8") == run(*BESIDE[name])


def test_man_names_the_flags_of_help():
    """dockgate(1) has each command with its own flags, and each setting with its flag."""
    page = run("man").replace("\\-", "-")
    for command in commands():
        block = page.split(f"\n.SS {command}\n")[1].split("\n.S")[0]
        assert set(re.findall(r"^\\fB--([a-z-]+)", block, re.M)) == help_flags(command)[0]
    environment = page.split(".SH ENVIRONMENT")[1]
    options = {name.lower().replace("_", "-") for name in option_names()}
    assert set(re.findall(r"\\fB--([a-z-]+)", environment)) == shared_flags() - options


def test_man_has_every_key():
    """dockgate.yaml(5) has the keys that the schema has, table for table."""
    def tables(node):
        if "properties" in node:
            yield sorted(node["properties"])
        for inner in [*node.get("properties", {}).values(), node.get("items", {}), node.get("additionalProperties") or {}]:
            if isinstance(inner, dict) and inner:
                yield from tables(inner)

    page = run("man", "5").replace("\\-", "-").split("\n.SH EXAMPLE")[0]
    blocks = [sorted(re.findall(r"^\\fB([a-z-]+)\\fR$", block, re.M)) for block in page.split("\n.SS ")[1:]]
    schema = json.loads(run("schema"))
    assert len(blocks) > 6 and sorted(blocks) == sorted(tables(schema))


def test_man_has_every_option():
    page = run("man", "7")
    names = re.findall(r"^\.TP\n\\fB([A-Z_]+)\\fR", page, re.M)
    assert sorted(names) == sorted(option_names())
