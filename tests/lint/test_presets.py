"""The generator of presets: what is wrong with a file ends the build with file and line. And the build knows all files."""

import re
import subprocess
import sys

import pytest

from sources import ROOT

FOLDER = ROOT / "src/policy/presets"
GENERATOR = FOLDER / "generate.py"
OPERATIONS = ROOT / "src/api/operations.def"

GOOD = """# for a test
client: Example
version: example/example 1.0
source: source
sentence: Lists containers.
operations:
  SystemPing
  ContainerList
"""


def generate(folder, files):
    """Runs the generator over {name: text}; what it says, and the table that it made."""
    paths = []
    for name, text in files.items():
        paths.append(folder / f"{name}.preset")
        paths[-1].write_text(text, encoding="utf-8")
    table = folder / "table.h"
    done = subprocess.run([sys.executable, GENERATOR, OPERATIONS, table, *paths], capture_output=True, text=True,
                          check=False, timeout=20)
    assert (done.returncode == 0) == (done.stderr == "") == table.exists()
    return done.stderr.strip().replace(f"{folder}/", ""), table.read_text() if table.exists() else ""


def changed(old, new):
    assert old in GOOD
    return GOOD.replace(old, new)


BAD = [
    (changed("ContainerList", "ContainerLst"), 'a-b.preset:8: "ContainerLst" is no operation, and no option of one without '
                                               "an operationId"),
    (changed("ContainerList", "CONTAINERS_LIST"), 'a-b.preset:8: "CONTAINERS_LIST" is no operation, and no option of one '
                                                  "without an operationId"),
    (changed("ContainerList", "SystemPing"), "a-b.preset:8: SystemPing is there already, in line 7"),
    (changed("ContainerList", "SystemPingHead"), "a-b.preset:8: SystemPingHead is there already, in line 7"),
    (changed("  ContainerList", "ContainerList"), "a-b.preset:8: operations are indented, and nothing follows them"),
    (changed("version: example/example 1.0\n", ""), "a-b.preset:1: version is missing"),
    (changed("1.0", "newest"), "a-b.preset:3: this version has no number in it"),
    (changed("client: Example\n", ""), "a-b.preset:1: client is missing"),
    (changed("source: source\n", ""), "a-b.preset:1: source is missing"),
    (changed("source: source", "source: hearsay"), "a-b.preset:4: source is one of: source, trace, source and trace"),
    (changed("Lists containers.", "Lists containers"), "a-b.preset:5: the sentence does not end"),
    (changed("source: source", "source: source\nsource: trace"), "a-b.preset:5: source is there twice"),
    (changed("source: source", "sauce: source"), 'a-b.preset:4: there is no key "sauce"; there are '),
    (changed("source: source", "source"), 'a-b.preset:4: is neither "key: value" nor "operations:"'),
    (changed("Lists", "Líst"), "a-b.preset:5: only printable ASCII, and no space at the end"),
    (changed("Lists containers.", "Lists containers. "), "a-b.preset:5: only printable ASCII, and no space at the end"),
    (changed("operations:", "alias: b\noperations:"), "a-b.preset:6: an alias is the beginning of the name, up to a dash: "
                                                      "a-b"),
    (changed("operations:", "with: c\noperations:"), 'a-b.preset:6: there is no preset "c"'),
    (changed("operations:", "with: a-b\noperations:"), "a-b.preset:6: widens itself, by way of a-b"),
    (changed("operations:", "environment: host=x\noperations:"), 'a-b.preset:1: environment is NAME=VALUE, not "host=x"'),
    (GOOD.partition("  SystemPing")[0], "a-b.preset:1: grants nothing"),
]


@pytest.mark.parametrize("text, said", BAD, ids=[said for _, said in BAD])
def test_a_bad_file_ends_the_build(tmp_path, text, said):
    assert generate(tmp_path, {"a-b": text})[0].startswith(said)


@pytest.mark.parametrize("name", ["A", "a_b", "a--b", "-a", "1a", "a" * 49])
def test_a_bad_name_ends_the_build(tmp_path, name):
    assert f'{name}.preset:1: "{name}" is no name for a preset' in generate(tmp_path, {name: GOOD})[0]


def test_an_alias_that_is_taken_ends_the_build(tmp_path):
    files = {"a-b": changed("operations:", "alias: a\noperations:"), "a": GOOD}
    assert generate(tmp_path, files)[0] == 'a-b.preset:6: "a" is another preset\'s name: a'
    files = {"a-b": files["a-b"], "a-c": files["a-b"]}
    (tmp_path / "a.preset").unlink()
    assert generate(tmp_path, files)[0] == 'a-c.preset:6: "a" is another preset\'s name: a-b'


def test_an_operation_that_comes_with_another_preset_ends_the_build(tmp_path):
    files = {"a": GOOD, "b": changed("operations:", "with: a\noperations:")}
    assert generate(tmp_path, files)[0] == "b.preset:8: comes with a already (PING)"


def test_a_good_file_makes_a_row(tmp_path):
    wide = changed("  SystemPing\n  ContainerList", "  CONTAINERS_PS").replace("operations:", "with: a\noperations:")
    said, table = generate(tmp_path, {"b": wide, "a": changed("containers.", 'the "containers".')})
    assert said == ""
    assert "operations_0[] = {OPERATION_SYSTEM_PING, OPERATION_SYSTEM_PING_HEAD, OPERATION_CONTAINER_LIST};" in table
    assert "operations_1[] = {OPERATION_SYSTEM_PING, OPERATION_SYSTEM_PING_HEAD, OPERATION_CONTAINER_LIST, " \
           "OPERATION_CONTAINER_PS};" in table
    assert r'.sentence = {"Lists the \"containers\".", 23}' in table


def test_the_build_knows_each_file():
    listed = re.findall(r"^  '([a-z0-9-]+)',$", (FOLDER / "meson.build").read_text(), re.MULTILINE)
    assert listed == sorted(path.stem for path in FOLDER.glob("*.preset"))
