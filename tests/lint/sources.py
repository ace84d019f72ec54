"""What the lint tests look at: the files that git knows or would take, by kind.

A checkout without git (an unpacked archive) is walked instead.
"""

import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
LEFT_OUT = {"build", ".git", "__pycache__", ".pytest_cache"}


def _walk():
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [one for one in folders if one not in LEFT_OUT]
        for name in files:
            yield pathlib.Path(folder, name).relative_to(ROOT)


def _all_files():
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=False,
    )
    if listed.returncode == 0 and listed.stdout:
        paths = [pathlib.Path(os.fsdecode(one)) for one in listed.stdout.split(b"\0") if one]
    else:
        paths = list(_walk())
    return sorted(path for path in paths if (ROOT / path).is_file())


FILES = _all_files()


def below(*folders, endings=(".c", ".h", ".def")):
    """The files in these folders with these endings, as paths from the project's root."""
    return [path for path in FILES if path.parts[0] in folders and path.suffix in endings]


def text(path):
    return (ROOT / path).read_text(encoding="utf-8", errors="surrogateescape")


def shell_scripts():
    """Files of a shell, by their first line or their ending."""
    found = []
    for path in FILES:
        if path.suffix == ".sh":
            found.append(path)
        elif path.suffix == "":
            first = (ROOT / path).open("rb").readline(80)
            if first.startswith(b"#!") and first.rstrip().endswith(b"sh"):
                found.append(path)
    return found
