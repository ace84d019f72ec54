"""The real engine of the system tests as something to measure behind the proxies. Needs root and what Debian packages
as docker.io, busybox-static and python3-pytest; without them that table is left out."""

import contextlib
import pathlib
import sys

from contenders import Broken

NCONTAINERS = 10


def missing():
    """Why there can be no real engine here, or None."""
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
    try:
        import engine  # pylint: disable=import-outside-toplevel
    except ImportError as why:
        return f"{why} (Debian: python3-pytest)"
    return engine.why_no_engine()


@contextlib.contextmanager
def running():
    """A running engine with some containers to list."""
    why = missing()
    if why:
        raise Broken(why)
    import engine  # pylint: disable=import-outside-toplevel
    import pytest  # pylint: disable=import-outside-toplevel
    try:
        one = engine.Engine()
    except pytest.skip.Exception as skipped:
        raise Broken(str(skipped)) from None
    try:
        one.start()
        one.socket.chmod(0o666)  # nginx's worker is another user
        one.import_image(engine.IMAGE, engine.busybox_tar())
        for number in range(NCONTAINERS):
            one.docker("create", "--name", f"c{number}", "--network=none", engine.IMAGE, "true")
        yield one
    finally:
        one.close()
