"""The rules of the house that a few lines can check: layers, banned functions, sizes, names of this machine."""

import json
import pathlib
import re
import subprocess

import pytest

from sources import FILES, ROOT, below, text

# From the bottom to the top; a folder may include only itself and what stands before it.
LAYERS = ["base", "http", "api", "policy", "inspect", "sys", "net", "gate", "admin", "cli"]
PURE = ["base", "http", "api", "policy", "inspect"]

# Each has a better one, or no bound. (strlen: untrusted bytes have no terminator.)
BANNED = """strlen strcpy strncpy stpcpy strcat strncat sprintf vsprintf atoi atol atoll atof strtok strtok_r
    gets alloca system popen tmpnam mktemp setjmp longjmp sscanf scanf fscanf""".split()

# In how many files a header from outside the C library and the kernel may be included: in one.
THIRD_PARTY = ["seccomp.h", "pcre2.h", "ares.h", "yaml.h", "cyaml/", "openssl/"]

# What the pure folders may call: memory, strings, addresses as texts, arithmetic and the compiler's own helpers.
PURE_MAY_CALL = re.compile(
    r"""^(mem(cpy|move|set|cmp|chr|rchr|mem|pcpy)|rawmemchr|str(n?cmp|n?casecmp|chr|rchr|str)|str(to(u?l?l|umax)|nlen)
    |malloc|calloc|realloc|reallocarray|free|abort|qsort|bsearch|v?snprintf|abs|inet_pton
    |__(v?snprintf|mem(cpy|move|set|pcpy))_chk|__stack_chk_fail(_local)?|__assert_fail|_GLOBAL_OFFSET_TABLE_
    |pcre2_\w+_8|__builtin_.*|__ctype_.*|__popcountdi2|__clzdi2|__ctzdi2)$""",
    re.VERBOSE,
)

CODE = below("src", endings=(".c", ".h", ".def"))
COMMENT_OR_STRING = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def bare(path):
    """The code of a file: comments and strings blanked, lines kept."""
    return COMMENT_OR_STRING.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text(path))


def includes(path):
    return re.findall(r'^\s*#\s*include\s+["<]([^">]+)[">]', text(path), re.MULTILINE)


def test_there_is_something_to_check():
    assert len(CODE) > 10


@pytest.mark.parametrize("path", CODE, ids=str)
def test_source_file(path):
    """One file keeps the rules: includes point down, nothing banned, not too long, starts with what it is for."""
    wrong = []
    layer = path.parts[1] if len(path.parts) > 2 else None
    for include in includes(path):
        folder = include.split("/")[0]
        if layer in LAYERS and "/" in include and folder in LAYERS:
            if LAYERS.index(folder) > LAYERS.index(layer):
                wrong.append(f"includes {include}, which stands above {layer}")
    code = bare(path)
    for number, line in enumerate(code.splitlines(), 1):
        for name in re.findall(r"\b(\w+)\s*\(", line):
            if name in BANNED:
                wrong.append(f"line {number} calls {name}")
    nlines = code.count("\n")
    if nlines > 700:
        wrong.append(f"{nlines} lines; 700 are the most")
    if not text(path).startswith("/*"):
        wrong.append("does not start with a comment that says what it is for")
    if "\t" in text(path):
        wrong.append("has a tab")
    if path.suffix == ".c" and layer not in (None, "cli") and re.search(r"(?<![\w.>])(_?exit|_Exit)\s*\(", code):
        # The janitor and other children may leave by _exit; nothing else below cli ends a process.
        if not re.search(r"\bfork\s*\(", code):
            wrong.append("ends the process; only cli may")
    assert not wrong, f"{path}: " + "; ".join(wrong)


def test_a_third_party_header_is_in_one_file():
    for header in THIRD_PARTY:
        users = [str(path) for path in CODE if any(one.startswith(header) for one in includes(path))]
        assert len(users) <= 1, f"{header} is included by {users}"


def test_pure_library_touches_nothing():
    """The pure folders name no socket, file, clock or variable of the environment."""
    library = ROOT / "build/release/src/libcore.a"
    if not library.exists():
        pytest.skip("build/release is not built (script/build)")
    # A thin archive names its members by path; nm follows them.
    listing = subprocess.run(["nm", "-P", library], capture_output=True, text=True, check=True).stdout
    kinds = [line.split()[:2] for line in listing.splitlines() if len(line.split()) >= 2]
    undefined = {name for name, kind in kinds if kind == "U"}
    defined = {name for name, kind in kinds if kind in "TtDdBbRrVvWw"}
    assert defined, "nm saw no symbols"
    foreign = sorted(name for name in undefined - defined if not PURE_MAY_CALL.match(name))
    assert not foreign, f"libcore.a wants {foreign}"


def test_no_path_of_this_machine():
    """Nothing written down names where this checkout happens to be."""
    parent = str(ROOT.parent)
    if parent.count("/") < 1 or len(parent) < 4:
        pytest.skip("the checkout's parent folder is too short a name to look for")
    name = re.compile(re.escape(parent) + r"(?![\w-])")
    found = [str(path) for path in FILES if name.search(text(path))]
    assert not found, f"{parent} is named in {found}"


def test_no_binaries():
    """Programs and libraries are built, never kept. (Corpora of the fuzz targets are bytes on purpose.)"""
    magic = (b"\x7fELF", b"!<arch>", b"PK\x03\x04", b"\x1f\x8b")
    found = [str(path) for path in FILES if (ROOT / path).open("rb").read(8).startswith(magic)]
    assert not found


PAGES = sorted({"LICENSE", "README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "docs/threat-model.md",
                "docs/architecture.md"} | {str(path) for path in FILES if path.suffix == ".md"})


@pytest.mark.parametrize("name", PAGES)
def test_page_links(name):
    """A page exists, and what it links to inside the project exists too."""
    path = pathlib.Path(name)
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text(path))
    dead = [one for one in targets if not re.match(r"[a-z]+:", one) and not (ROOT / path.parent / one).exists()]
    assert not dead, f"{name} links to {dead}"


def test_pages_that_are_named_exist():
    """Comments, help texts and pages send nobody to a page that isn't there."""
    named = {(str(path), name) for path in FILES if path.suffix not in (".tsv", ".jsonl")
             for name in re.findall(r"\bdocs/[\w-]+\.md\b", text(path))}
    assert {(path, name) for path, name in named if not (ROOT / name).exists()} == set()


# What each file of the release must be compiled with, and the program linked with.
HARDENING = """-fPIE -fstack-protector-strong -fstack-clash-protection -fcf-protection=full -ftrivial-auto-var-init=zero
    -D_FORTIFY_SOURCE=3 -Werror""".split()


def test_release_is_compiled_hardened():
    """Meson drops what a compiler does not know; then this says so."""
    commands = ROOT / "build/release/compile_commands.json"
    if not commands.exists():
        pytest.skip("build/release is not set up (script/build)")
    ours = [one for one in json.loads(commands.read_text()) if re.search(r"(^|/)src/\w+/\w+\.c$", one["file"])]
    assert len(ours) > 30
    for one in ours:
        missing = [flag for flag in HARDENING if flag not in one["command"].split()]
        assert not missing, f"{one['file']} is compiled without {missing}"


def test_no_fractions_and_no_wide_text():
    """The static build has functions that end the process in place of those for these (sys/libc_wide)."""
    sources = list((ROOT / "src").glob("**/*.[ch]"))
    assert len(sources) > 100
    for source in sources:
        code = re.sub(r"/\*.*?\*/", "", source.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert re.findall(r"\b(?:double|float|wchar_t|wint_t|setlocale|fwide)\b|\bL[\"']", code) == [], source


def test_image_is_built_with_the_same_packages():
    """packaging/Dockerfile installs what script/build would."""
    wanted = re.search(r"^PACKAGES_BUILD=\(([^)]*)\)", text(pathlib.Path("script/common.sh")), re.MULTILINE)[1].split()
    line = text(pathlib.Path("packaging/Dockerfile")).replace("\\\n", " ")
    installed = re.search(r"apt-get install -y --no-install-recommends ([^&]*)&&", line)[1].split()
    assert sorted(installed) == sorted(wanted + ["tzdata"])


def test_every_fuzz_target_is_run():
    """In CI and by hand script/fuzz takes all of them; each has its seeds."""
    written = {path.stem[len("fuzz_"):] for path in (ROOT / "tests/fuzz").glob("fuzz_*.c")}
    script = text(pathlib.Path("script/fuzz"))
    run = set(re.search(r"TARGETS=\(([a-z_ ]+)\)", script)[1].split())
    assert run == written
    assert {path.name for path in (ROOT / "tests/fuzz/corpus").iterdir()} >= written


def test_requests_page_says_what_the_tables_say():
    page = text(pathlib.Path("docs/requests.md"))
    rows = re.findall(r'^REQUESTS_(OPTION|SET)\(\w+, +"([^"]+)", +(\w+), +"([^"]+)"\)',
                      text(pathlib.Path("src/inspect/requests_options.def")), re.MULTILINE)
    rows = [(("set." if of == "SET" else "") + name, kind, help_) for of, name, kind, help_ in rows]
    assert len(rows) > 30
    assert not [name for name, kind, help_ in rows if f"| `{name}` | {kind.lower()} | {help_} |" not in page]


def test_options_page_says_what_the_program_says():
    binary = ROOT / "build/dockgate"
    page = ROOT / "docs/options.md"
    if not binary.exists():
        pytest.skip("build/dockgate is not built (script/build)")
    assert page.exists(), "docs/options.md is missing: build/dockgate options --markdown >docs/options.md"
    printed = subprocess.run([binary, "options", "--markdown"], capture_output=True, env={}, check=True, timeout=30)
    assert printed.stdout == page.read_bytes(), "docs/options.md is stale: dockgate options --markdown >docs/options.md"
