"""`lab report` and `lab compare`."""

import json
from pathlib import Path

import pytest

from cli.processes import Invoke
from lab.analysis.keeping import keep
from lab.analysis.planting import plant

ARMS = {"react": {"net": "react"}, "refact": {"net": "refact"}}


@pytest.fixture
def experiment(tmp_path: Path) -> Path:
    """An experiment that was run: the second arm is better."""
    trials = plant({"react": lambda h: 0.1 + h / 5, "refact": lambda h: 0.7 + h / 5}, 40)
    return keep(tmp_path / "keys", trials, ARMS).path


def test_report_writes_three_files_and_prints_the_verdicts(invoke: Invoke, experiment: Path) -> None:
    done = invoke("lab", "report", str(experiment))
    assert done.code == 0
    assert done.out.startswith("better  refact - react: It scores")
    assert "written: " in done.err
    assert {file.name for file in experiment.glob("report.*")} == {"report.html", "report.md", "report.json"}


def test_report_prints_its_data_as_json(invoke: Invoke, experiment: Path) -> None:
    done = invoke("lab", "report", str(experiment), "--json")
    assert json.loads(done.out)["contrasts"][0]["verdict"] == "better"


def test_report_written_elsewhere_names_the_journal_from_there(invoke: Invoke, experiment: Path) -> None:
    assert invoke("lab", "report", str(experiment), "--output", str(experiment.parent / "out")).code == 0
    page = (experiment.parent / "out" / "report.html").read_text(encoding="utf-8")
    assert "--store ../keys/journal.db" in page
    assert not (experiment / "report.html").exists()


def test_report_of_the_same_rows_has_the_same_bytes(invoke: Invoke, experiment: Path) -> None:
    texts = []
    for _ in range(2):
        assert invoke("lab", "report", str(experiment)).code == 0
        texts.append([(experiment / name).read_bytes() for name in ("report.html", "report.md", "report.json")])
    assert texts[0] == texts[1]


def test_report_of_what_was_never_run_says_so(invoke: Invoke, tmp_path: Path) -> None:
    done = invoke("lab", "report", str(tmp_path))
    assert done.code == 2
    assert "no experiment was run in" in done.err


def test_compare_tells_what_is_set_otherwise_and_who_is_better(invoke: Invoke, experiment: Path) -> None:
    later = keep(experiment.parent / "later", plant({"react": lambda h: 0.7 + h / 5}, 40), ARMS, margin=0.1).path
    done = invoke("lab", "compare", str(experiment), str(later), "--arms", "react=react")
    assert done.code == 0
    assert "experiment: margin: 0.03 -> 0.1" in done.out
    assert "better  react: later - keys: It scores" in done.out
    assert not (later / "report.html").exists()


def test_compare_writes_the_report_where_it_is_told_to(invoke: Invoke, experiment: Path) -> None:
    later = keep(experiment.parent / "later", plant({"refact": lambda h: 0.7 + h / 5}, 40), ARMS).path
    done = invoke("lab", "compare", str(experiment), str(later), "--arms", "react=refact", "-o", "both")
    page = Path("both/report.html").read_text(encoding="utf-8")
    assert done.code == 0
    assert "What is set otherwise" in page
    assert "--store ../later/journal.db" in page


@pytest.mark.parametrize(
    ("arms", "said"),
    [("react", "names no two arms; wanted FIRST=SECOND"), ("react=x", "has no arm 'x'; it has react, refact")],
    ids=["no pair", "no arm"],
)
def test_compare_refuses_arms_that_are_none(invoke: Invoke, experiment: Path, arms: str, said: str) -> None:
    done = invoke("lab", "compare", str(experiment), str(experiment), "--arms", arms)
    assert done.code == 2
    assert said in done.err
