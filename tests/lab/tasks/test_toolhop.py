"""ToolHop's questions as tasks, and its own rule of scoring beside the exact one."""

import gzip
import json
from pathlib import Path

import pytest

from agent_brain.core.errors import SetupError
from agent_brain.core.items import Action, Observation
from agent_brain.evaluators.toolhop import is_accepted
from agent_brain.lab.task import Task, World
from agent_brain.lab.tasks.sources import read_tasks
from counterparts.chains import TOOLHOP, read_toolhop
from counterparts.toolhop_scores import FIXED, Scored, find_cut, judge_all, play_gold
from counterparts.worlds import close_world

ROW = {
    "id": 7, "question": "How much is twice 21?", "answer": "42", "domain": "Sums",
    "sub_task": {"How much is twice 21?": "42"},
    "tools": {"How much is twice 21?": {"name": "double", "description": "Twice a number.", "parameters": {
        "type": "object", "properties": {"number": {"type": "number"}}, "required": ["number"]}}},
    "functions": ["def double(number):\n    return number * 2\n\nprint(double(3))\n"],
}  # fmt: skip


@pytest.fixture(scope="module")
def tasks() -> list[Task]:
    if not TOOLHOP.exists():
        pytest.skip(f"ToolHop's sample is not at {TOOLHOP}; AGENT_BRAIN_TOOLHOP may name its folder")
    return read_tasks(TOOLHOP, "toolhop")


def make_world(task: Task) -> World:
    assert task.make_world is not None
    return task.make_world()


def test_all_questions_of_the_sample_are_tasks_with_tools_for_each_of_their_hops(tasks: list[Task]) -> None:
    assert len(tasks) == 100
    for task in tasks:
        assert 1 <= len(make_world(task).tools.specs) <= task.data["hop_count"]
        assert (task.answer, len(task.turns), task.family) == (str(task.answer), 1, "")


async def test_gold_chains_pass_by_the_exact_rule_and_by_the_official_one(tasks: list[Task]) -> None:
    assert await play_gold(tasks, read_toolhop()) == Scored(exact=83, official=83, of=83)


async def test_the_official_rule_lets_one_string_pass_for_half_of_the_questions(tasks: list[Task]) -> None:
    scored = await judge_all(tasks, lambda _: FIXED)
    assert scored.exact == 0
    assert scored.official > 40
    assert {"0", "10"} <= set(find_cut(tasks))


@pytest.mark.parametrize(("answer", "right"), [("36", "360"), ("1", "10"), ("anything at all", "0"), ("cat", "a")])
def test_the_official_rule_accepts_what_is_wrong(answer: str, right: str) -> None:
    assert is_accepted(answer, right)


@pytest.mark.parametrize("name", ["ToolHop.json", "toolhop.jsonl", "toolhop_2.jsonl.gz"])
async def test_the_original_file_and_samples_of_it_are_read_alike(tmp_path: Path, name: str) -> None:
    text = json.dumps([ROW] if name.endswith(".json") else ROW).encode()
    (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    for path in (tmp_path, tmp_path / name):
        (task,) = read_tasks(path, "toolhop", seconds=5.0)
        assert (task.task_id, task.prompt, task.answer, task.data["domain"]) == ("7", ROW["question"], "42", "Sums")
        world = make_world(task)
        try:
            pieces = [piece async for piece in world.tools.call(Action(name="double", args={"number": 21}), "a")]
        finally:
            await close_world(world)
        assert pieces == [Observation("42")]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"question": "?"}, "a row of ToolHop has no answer, tools, functions"),
        (ROW | {"functions": ["x = 1"]}, "'x = 1' defines no function"),
        (ROW | {"functions": ["def half(number): ..."]}, "nothing is told of the function half"),
        (ROW | {"functions": ["(" * 10_000]}, r"'\(\(.* defines no function"),
        (ROW | {"functions": "def double(number): ..."}, "functions is 'def double.*; wanted a list"),
        (ROW | {"functions": [3]}, r"functions\[0\] is 3; wanted a text"),
        (ROW | {"tools": [1]}, r"tools is \[1\]; wanted an object"),
        (ROW | {"tools": {"?": {"name": "double"}}}, "a tool: there is no description; found: name"),
        (ROW | {"question": 7}, "question is 7; wanted a text"),
        (ROW | {"answer": None}, "answer is None; wanted a text or a number"),
        (ROW | {"id": [7]}, r"id is \[7\]; wanted a text or a whole number"),
    ],
)
def test_a_row_that_is_none_of_toolhops_is_named_with_its_line(
    tmp_path: Path, row: dict[str, object], told: str
) -> None:
    file = tmp_path / "toolhop.jsonl"
    file.write_text(f"\n{json.dumps(row)}\n")
    with pytest.raises(SetupError, match=f"toolhop.jsonl, line 2: {told}"):
        read_tasks(file, "toolhop")


def test_a_folder_without_it_and_a_pointer_in_its_place_are_told(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="holds no file of ToolHop; wanted one of "):
        read_tasks(tmp_path, "toolhop")
    (tmp_path / "ToolHop.json").write_text("version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(SetupError, match="a pointer of Git LFS"):
        read_tasks(tmp_path, "toolhop")


@pytest.mark.parametrize(
    ("text", "told"),
    [("[3]", "question 0 is 3; wanted an object"), ("{}", "wanted a list"), ("[{", "is no JSON"), ("[NaN]", "NaN")],
)
def test_an_original_file_that_holds_something_else_is_told(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "ToolHop.json").write_text(text)
    with pytest.raises(SetupError, match=f"ToolHop.json.*{told}"):
        read_tasks(tmp_path, "toolhop")
