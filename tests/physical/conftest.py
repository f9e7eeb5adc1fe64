"""The scenes beside these tests, and the primitives of the geometry tests, can be imported by them."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "geometry")]
