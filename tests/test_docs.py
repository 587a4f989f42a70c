"""The code in README and docs runs, and prints what stands below it."""

import contextlib
import io
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "ARCHITECTURE.md"]
WITH_OUTPUT = re.compile(r"```python\n(?P<code>(?:(?!```).)*)```\n+```text\n(?P<output>.*?)```", re.DOTALL)
ANY_CODE = re.compile(r"```python\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\[[^\]]+\]\((?!https?://|#)([^)#]+)[^)]*\)")


def find_blocks() -> list[tuple[str, str, str]]:
    return [
        (f"{page.name}-{count}", match["code"], match["output"])
        for page in PAGES
        for count, match in enumerate(WITH_OUTPUT.finditer(page.read_text()))
    ]


def test_there_are_blocks_to_run() -> None:
    assert len(find_blocks()) >= 5


@pytest.mark.parametrize(("code", "output"), [block[1:] for block in find_blocks()], ids=[b[0] for b in find_blocks()])
def test_a_block_prints_what_stands_below_it(code: str, output: str) -> None:
    # In a module's stead: dataclasses and pydantic look names up there.
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "block", "exec"), {"__name__": "__block__"})  # our own page, run as its reader would

    assert printed.getvalue() == output


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_of_code_is_python(page: Path) -> None:
    for code in ANY_CODE.findall(page.read_text()):
        compile(code, str(page), "exec", flags=0x2000)  # PyCF_ALLOW_TOP_LEVEL_AWAIT: pages await at top level


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_inside_the_project_leads_somewhere(page: Path) -> None:
    missing = [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]

    assert missing == []


def test_the_readme_is_short() -> None:
    assert (ROOT / "README.md").read_text().count("\n") < 120
