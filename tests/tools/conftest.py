"""Lets the test files of this folder import the contract suite that lies beside them."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
