"""An installation without the lab's extra: it is told by name, wherever somebody begins."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "experiment.py"


@pytest.mark.parametrize(("missing", "begun"), [
    ("pyarrow", "import agent_brain.lab.analysis.kept"),
    ("matplotlib", "import agent_brain.lab.report.writing"),
    ("pyarrow", f"import runpy; runpy.run_path({str(EXAMPLE)!r}, run_name='__main__')"),
], ids=["analysis", "report", "example"])  # fmt: skip
def test_what_is_missing_is_told_with_what_to_install(missing: str, begun: str) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; {begun}"

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert f'SetupError: the lab needs {missing}: pip install "agent-brain[lab]"' in found.stderr
