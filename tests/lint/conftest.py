"""Lets the lint tests import their helper beside them, whatever folder pytest is started from."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
