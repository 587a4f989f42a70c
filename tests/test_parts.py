"""Each table of parts is named where ARCHITECTURE.md says where a new part goes, and each part on its page."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

import agent_brain
from agent_brain.lab.tasks.sources import SUFFIXES, TASK_SOURCES
from agent_brain.lab.worlds.table import WORLDS
from agent_brain.wiring.evaluators import EVALUATORS
from agent_brain.wiring.tables import MEMORIES, NETS, OVERLAYS

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "src" / "agent_brain"
TABLE = re.compile(r'^([A-Z_]+): Mapping\[str, str\] = \{\n    "\w+": "agent_brain\.[\w.]+:\w+"', re.MULTILINE)
OWN_PLACE = {*SUFFIXES.values(), "function"}
"""What a page tells of in other words: `FILE.py:NAME`, files by how their names end."""
PAGES: list[tuple[str, Mapping[str, str]]] = [
    ("nets.md", NETS),
    ("memories.md", {**MEMORIES, **OVERLAYS}),
    ("lab-tasks.md", {**TASK_SOURCES, **EVALUATORS}),
    ("lab-truth.md", WORLDS),
]


def test_where_a_new_part_goes_names_each_table_of_parts() -> None:
    told = (ROOT / "ARCHITECTURE.md").read_text("utf-8").partition("## Where a new part goes")[2].partition("\n## ")[0]
    tables = {name for file in SOURCES.rglob("*.py") for name in TABLE.findall(file.read_text("utf-8"))}

    assert {"NETS", "MEMORIES", "OVERLAYS", "WIRES", "EVALUATORS", "TASK_SOURCES", "WORLDS"} <= tables
    missing = sorted(name for name in tables if f"`{name}`" not in told)
    assert not missing, f"ARCHITECTURE.md does not say that a new part goes into {', '.join(missing)}"


@pytest.mark.parametrize(("page", "names"), PAGES, ids=[page for page, _ in PAGES])
def test_each_part_by_name_has_its_row(page: str, names: Mapping[str, str]) -> None:
    cells = " ".join(re.findall(r"^\|([^|]+)\|", (ROOT / "docs" / page).read_text("utf-8"), re.MULTILINE))
    missing = [name for name in names if not re.search(rf"`{name}\b", cells) and name not in OWN_PLACE]

    assert not missing, f"docs/{page} has no row that begins with {', '.join(missing)}"


def test_each_public_name_stands_in_all_three_places_of_the_package() -> None:
    page = Path(agent_brain.__file__).read_text("utf-8")
    typed = page.partition("if TYPE_CHECKING")[2].partition("__all__")[0]
    imports = {
        name
        for names in re.findall(r"import (?:\(([^)]+)\)|(.+))", typed)
        for name in re.findall(r"\w+", "".join(names))
    }
    places = set(agent_brain._MODULES)

    told = "__all__, _PLACES and the imports for type checkers name different things"
    assert sorted(places ^ set(agent_brain.__all__)) == [], told
    assert sorted(places ^ imports) == [], told
