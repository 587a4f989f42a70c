"""Tools from a file that the user names, and every way in which that can go wrong."""

import pickle
from pathlib import Path

import pytest

from agent_brain.core.errors import SetupError
from agent_brain.core.items import Observation
from agent_brain.tools.load import load_tool, load_tools


def write(folder: Path, text: str, name: str = "mine.py") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_marked_tools_win_over_plain_functions(tmp_path: Path) -> None:
    text = "from agent_brain.tools.function_tool import tool\ndef plain(): 'x'\n@tool\ndef marked(): 'y'\n"
    assert [made.spec.name for made in load_tools(write(tmp_path, text))] == ["marked"]


def test_without_marks_public_functions_of_the_file_count(tmp_path: Path) -> None:
    write(tmp_path, "SIZE = 3\n", "beside_mine.py")
    text = "from os.path import join\nfrom beside_mine import SIZE\n"
    text += "def one(): 'x'\ndef _two(): 'y'\ndef three(): return 1\n"
    assert [made.spec.name for made in load_tools(write(tmp_path, text))] == ["one"]


CALLABLE = (
    "import functools\n"
    'class Shelf:\n    """Where a book stands."""\n'
    "    def __call__(self, book: str) -> int:\n        return len(book)\n"
    "shelf = Shelf()\n_hidden = Shelf()\nagain = shelf\nfirst = functools.partial(shelf, 'a')\nbound = shelf.__call__\n"
    "class Quiet: pass\nquiet = Quiet()\n"
)


@pytest.mark.parametrize(
    ("rest", "names"),
    [
        ("", ["shelf"]),
        ("def plain(): 'x'\n", ["shelf", "plain"]),
        ("def plain(): 'x'\nalias = plain\n", ["shelf", "plain"]),
        ("from agent_brain import tool\ndef plain(): 'x'\n@tool\ndef marked(): 'y'\n", ["shelf", "marked"]),
    ],
)
def test_an_object_that_can_be_called_is_a_tool_whatever_is_beside_it(
    tmp_path: Path, rest: str, names: list[str]
) -> None:
    assert [made.spec.name for made in load_tools(write(tmp_path, CALLABLE + rest))] == names


async def test_an_object_of_the_file_is_called_as_one(tmp_path: Path) -> None:
    [made] = load_tools(write(tmp_path, CALLABLE))
    assert [piece async for piece in made.call({"book": "Emma"}, "a1")] == [Observation("4")]


def test_an_object_that_is_a_tool_by_itself_is_taken_as_it_is(tmp_path: Path) -> None:
    text = (
        "from agent_brain.core.items import Observation\nfrom agent_brain.core.ports import ToolSpec\n"
        "class Mine:\n    spec = ToolSpec('mine', 'My own.', {'type': 'object'})\n"
        "    async def call(self, args, action_id):\n        yield Observation('yes')\n"
        "mine = Mine()\n"
    )
    assert [made.spec.description for made in load_tools(write(tmp_path, text))] == ["My own."]


def test_its_classes_can_be_dataclasses_and_be_pickled(tmp_path: Path) -> None:
    text = (
        "from __future__ import annotations\nfrom dataclasses import dataclass\n"
        "@dataclass\nclass Box:\n    size: int\ndef make(box: Box) -> Box:\n    return box\n"
    )
    [made] = load_tools(write(tmp_path, text))
    box = made.function.__globals__["Box"](3)  # type: ignore[attr-defined]  # a FunctionTool has one
    assert pickle.loads(pickle.dumps(box)) == box
    assert made.spec.parameters["required"] == ["box"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\ndef broken(:\n", r"mine\.py, line 2: SyntaxError"),
        ("x = 1\ny = x / 0\n", r"mine\.py, line 2: running it failed: ZeroDivisionError: division by zero"),
        ("import sys\nsys.exit(3)\n", "line 2: running it failed: SystemExit: 3"),
        ("x = 1\n", "found no tool"),
    ],
)
def test_a_file_that_does_not_do_says_where_and_why(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SetupError, match=message):
        load_tools(write(tmp_path, text))


def test_what_is_no_python_file_is_refused(tmp_path: Path) -> None:
    for path, message in (
        (tmp_path / "none.py", "no such file"),
        (tmp_path, "directory"),
        (write(tmp_path, "", "a.txt"), r"\.py"),
    ):
        with pytest.raises(SetupError, match=message):
            load_tools(path)


def test_one_tool_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("def one():\n    'One.'\n\ndef other():\n    'Other.'\n")
    assert load_tool(f"{file}:other").spec.name == "other"
    with pytest.raises(SetupError, match=r"mine\.py has no 'otter'"):
        load_tool(f"{file}:otter")


def test_a_tool_by_reference() -> None:
    assert load_tool("textwrap:shorten").spec.name == "shorten"
    for reference in ("textwrap", "textwrap:nothing", "no_such_module_here:x"):
        with pytest.raises(SetupError):
            load_tool(reference)
