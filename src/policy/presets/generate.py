#!/usr/bin/env python3
"""Makes the C table of presets out of the files beside it; run by the build.

    generate.py OPERATIONS.DEF OUTPUT.H FILE.preset…

A preset is a text file, NAME.preset. Lines are "key: value"; "#" begins a comment. Needed: client (whom it is for),
version (of the client, from which the calls were read), source (how: "source", "trace" or "source and trace"),
sentence (what the client can do then). May be: alias (a shorter name for the same), with (presets that this one
widens, separated by spaces); for the Compose snippet service, image, environment and command (several), setup (what has
to be said to the client elsewhere; several). Then "operations:" and one operation a line, indented, by its
operationId, or by the name of its own option where the API has no operationId for it. A second spelling that shares its
option (HEAD beside GET) comes with it.

Whatever is wrong ends the build with FILE:LINE: what.
"""

import pathlib
import re
import sys

ONCE = ["client", "version", "source", "sentence", "alias", "with", "service", "image"]
NEEDED = ["client", "version", "source", "sentence"]
MANY = ["environment", "command", "setup"]
SOURCES = ["source", "trace", "source and trace"]
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
NAME_MAX = 48
OPERATION = re.compile(r'OPERATION(?:_TWIN)?\((\w+),(?:\s*(?:"[^"]*"|\w+)\s*,){5}\s*"([^"]*)",\s*(\w+),')


class Wrong(Exception):
    """What the build ends with."""


def wrong(path, line, text):
    raise Wrong(f"{path}:{line}: {text}")


class Operations:
    """The table of operations: which identities an operationId or an option's name stands for."""

    def __init__(self, path):
        self.order = []
        self.by_leaf = {}
        self.leaf_of = {}
        for line in pathlib.Path(path).read_text(encoding="utf-8").split("\n"):
            row = OPERATION.match(line)
            if row is None or row[1] == "id":
                continue
            identity, operation_id, leaf = row.groups()
            self.order.append(identity)
            self.by_leaf.setdefault(leaf, []).append(identity)
            if operation_id != "-":
                self.leaf_of[operation_id] = leaf
        if not self.order:
            wrong(path, 1, "holds no operation")

    def leaf(self, word):
        """The option of the operation that a row names; None where there is none. An operation that has an operationId
        goes by it, so that each has one name."""
        if word in self.leaf_of:
            return self.leaf_of[word]
        named = set(self.leaf_of.values())
        return word if word in self.by_leaf and word not in named else None


class Preset:
    """One file, read and checked as far as it goes by itself."""

    def __init__(self, path, operations):
        self.path = path
        self.name = path.stem
        self.line_of = {}
        self.value = {}
        self.many = {key: [] for key in MANY}
        self.leaves = {}
        if not NAME.fullmatch(self.name) or len(self.name) > NAME_MAX:
            wrong(path, 1, f'"{self.name}" is no name for a preset: small letters, digits, single dashes')
        self.read(operations)
        self.check()

    def read(self, operations):
        in_operations = False
        text = self.path.read_text(encoding="utf-8")
        for number, line in enumerate(text.split("\n"), 1):
            if not line.strip() or line.startswith("#"):
                continue
            if not re.fullmatch(r"[\x20-\x7e]*", line) or line != line.rstrip():
                wrong(self.path, number, "only printable ASCII, and no space at the end")
            if in_operations:
                self.read_operation(number, line, operations)
            elif line == "operations:":
                in_operations = True
            else:
                self.read_value(number, line)
        if not self.leaves and "with" not in self.value:
            wrong(self.path, 1, "grants nothing")

    def read_value(self, number, line):
        key, colon, value = line.partition(": ")
        if not colon or not value:
            wrong(self.path, number, 'is neither "key: value" nor "operations:"')
        if key in MANY:
            self.many[key].append(value)
        elif key not in ONCE:
            wrong(self.path, number, f'there is no key "{key}"; there are {", ".join(ONCE + MANY)}')
        elif key in self.value:
            wrong(self.path, number, f"{key} is there twice")
        else:
            self.value[key] = value
            self.line_of[key] = number

    def read_operation(self, number, line, operations):
        word = line.strip()
        if not line.startswith("  "):
            wrong(self.path, number, "operations are indented, and nothing follows them")
        leaf = operations.leaf(word)
        if leaf is None:
            wrong(self.path, number, f'"{word}" is no operation, and no option of one without an operationId')
        if leaf in self.leaves:
            wrong(self.path, number, f"{word} is there already, in line {self.leaves[leaf]}")
        self.leaves[leaf] = number

    def check(self):
        for key in NEEDED:
            if key not in self.value:
                wrong(self.path, 1, f"{key} is missing")
        if not re.search(r"\d", self.value["version"]):
            wrong(self.path, self.line_of["version"], "this version has no number in it")
        if self.value["source"] not in SOURCES:
            wrong(self.path, self.line_of["source"], f'source is one of: {", ".join(SOURCES)}')
        if not self.value["sentence"].endswith("."):
            wrong(self.path, self.line_of["sentence"], "the sentence does not end")
        alias = self.value.get("alias")
        if alias is not None and (not NAME.fullmatch(alias) or not self.name.startswith(alias + "-")):
            wrong(self.path, self.line_of["alias"], f"an alias is the beginning of the name, up to a dash: {self.name}")
        for pair in self.many["environment"]:
            if not re.match(r"[A-Z][A-Z0-9_]*=", pair):
                wrong(self.path, 1, f'environment is NAME=VALUE, not "{pair}"')

    def widened(self):
        return self.value["with"].split() if "with" in self.value else []


def close(preset, by_name, above):
    """All options that a preset grants, with those of the presets that it widens."""
    line = preset.line_of.get("with", 1)
    if preset.name in above:
        wrong(preset.path, line, f'widens itself, by way of {" and ".join(above)}')
    inherited = {}
    for name in preset.widened():
        if name not in by_name:
            wrong(preset.path, line, f'there is no preset "{name}"')
        for leaf in close(by_name[name], by_name, above + [preset.name]):
            inherited[leaf] = name
    for leaf, number in preset.leaves.items():
        if leaf in inherited:
            wrong(preset.path, number, f"comes with {inherited[leaf]} already ({leaf})")
    return set(inherited) | set(preset.leaves)


def check_names(presets):
    taken = {preset.name: preset for preset in presets}
    for preset in presets:
        alias = preset.value.get("alias")
        if alias in taken:
            wrong(preset.path, preset.line_of["alias"], f'"{alias}" is another preset\'s name: {taken[alias].name}')
        if alias is not None:
            taken[alias] = preset


def literal(text):
    return '{"' + text.replace("\\", "\\\\").replace('"', '\\"') + f'", {len(text)}}}'


def table(presets, operations):
    """The C text."""
    lines = ["/* Made by src/policy/presets/generate.py from the files beside it; included by preset.c. */"]
    rows = []
    by_name = {preset.name: preset for preset in presets}
    for i, preset in enumerate(presets):
        leaves = close(preset, by_name, [])
        granted = {identity for leaf in leaves for identity in operations.by_leaf[leaf]}
        names = ", ".join(f"OPERATION_{identity}" for identity in operations.order if identity in granted)
        lines.append(f"static const uint16_t operations_{i}[] = {{{names}}};")
        row = [f".name = {literal(preset.name)}", f".source_name = {literal('preset:' + preset.name)}"]
        row += [f".{key} = {literal(preset.value[key])}" for key in ONCE if key in preset.value and key != "with"]
        for key in MANY:
            if preset.many[key]:
                values = ", ".join(literal(value) for value in preset.many[key])
                lines.append(f"static const struct slice {key}_{i}[] = {{{values}}};")
                row.append(f".{key} = {{{key}_{i}, {len(preset.many[key])}}}")
        row.append(f".operations = operations_{i}, .noperations = {len(granted)}")
        rows.append("    {" + ", ".join(row) + "},")
    return "\n".join(lines + ["static const struct preset presets[] = {"] + rows + ["};"]) + "\n"


def main(arguments):
    operations = Operations(arguments[0])
    presets = sorted((Preset(pathlib.Path(path), operations) for path in arguments[2:]), key=lambda one: one.name)
    check_names(presets)
    text = table(presets, operations)
    pathlib.Path(arguments[1]).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Wrong as error:
        sys.exit(str(error))
