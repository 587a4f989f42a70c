"""BFCL, the Berkeley Function Calling Leaderboard: single-turn and multi-turn tasks of its versions 3 and 4.

Patil et al., The Berkeley Function Calling Leaderboard, ICML 2025. Read are the files of `bfcl_eval/data`, as the
package `bfcl-eval` and its repository have them; the worlds of multi-turn tasks are that package's own code.
"""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.core.items import Observation
from agent_brain.core.tooling import ToolSpec
from agent_brain.lab.task import Task
from agent_brain.lab.tasks.bfcl_docs import PYTHON, find_language, make_specs
from agent_brain.lab.tasks.child_world import ChildWorld, Making
from agent_brain.lab.tasks.files import read_rows

CLASSES: Mapping[str, str] = {
    "GorillaFileSystem": "gorilla_file_system",
    "MathAPI": "math_api",
    "MessageAPI": "message_api",
    "TwitterAPI": "posting_api",
    "TicketAPI": "ticket_api",
    "TradingBot": "trading_bot",
    "TravelAPI": "travel_booking",
    "VehicleControlAPI": "vehicle_control",
}
"""What the tasks of several turns act upon, and the files that describe them and hold their code."""
SINGLE = ("simple", "multiple", "parallel", "relevance", "irrelevance", "java", "javascript")
"""One of these words is in the name of each category of one turn."""
RECORDED = "The call was recorded; nothing else comes of it."


@dataclass(frozen=True, slots=True)
class RecordedTool:
    """A function of which there is only a description: that it was called is what counts."""

    spec: ToolSpec

    async def call(self, args: Mapping[str, Any], action_id: str) -> AsyncGenerator[str | Observation, None]:
        """Nothing is done."""
        yield Observation(RECORDED)


def read_bfcl(path: str, package: str = "", python: str = "", rules: str = "auto") -> list[Task]:
    """A file of BFCL, such as BFCL_v4_multiple.json, with its answers in the folder possible_answer beside it.

    `package` is the folder that holds `bfcl_eval`, and `python` the interpreter that runs its code, where it is
    neither installed here nor around the file. `rules`: those of its own checker, `official`, or ours, `own`.
    """
    package = package or _find_package(path)
    answers = _read_answers(Path(path))
    tasks = []
    for where, entry in read_rows(path):
        if not {"id", "question"} <= entry.keys() or not all(map(_is_turn, entry["question"])):
            raise SetupError(
                f"{where}: an entry of BFCL has an id, and as its question a list of turns, each a list of messages; "
                f"found {', '.join(entry)}"
            )
        category = str(entry["id"]).rpartition("_")[0]
        right = _find_right(entry, category, answers, where)
        make = _make_turns if category.startswith("multi_turn") else _make_single
        evaluator = f"bfcl(package={package!r}, python={python!r}, rules={rules!r})"
        tasks.append(make(entry, category, right, evaluator, (path, package, python, where)))
    return tasks


def _find_right(entry: Mapping[str, Any], category: str, answers: Mapping[str, Any], where: str) -> dict[str, Any]:
    if "relevance" in category.rpartition("live_")[2]:
        return {"called": "irrelevance" not in category}
    if not category.startswith("multi_turn") and not set(category.split("_")) & set(SINGLE):
        raise SetupError(
            f"{where}: tasks of category {category!r} cannot be read; wanted multi_turn_base, "
            f"multi_turn_miss_param, multi_turn_long_context, or one with {', '.join(SINGLE)} in its name"
        )
    if "missed_function" in entry:
        raise SetupError(f"{where}: the tools of category {category!r} change between turns, and those of a run do not")
    if entry["id"] not in answers:
        raise SetupError(f"{where}: {entry['id']} has no answer in the folder possible_answer beside the file")
    return {"turns" if category.startswith("multi_turn") else "calls": answers[entry["id"]]}


def _read_answers(path: Path) -> dict[str, Any]:
    file = path.parent / "possible_answer" / path.name
    return {row["id"]: row["ground_truth"] for _, row in read_rows(file)} if file.exists() else {}


def _find_package(path: str) -> str:
    """The folder around `bfcl_eval`, where the file lies in it."""
    for folder in Path(path).resolve().parents:
        if folder.name == "bfcl_eval" and (folder / "eval_checker").is_dir():
            return str(folder.parent)
    return ""


Source = tuple[str, str, str, str]
"""The file, the folder of the package, the interpreter, and where an entry stands."""


def _make_single(entry: Mapping[str, Any], category: str, right: Any, evaluator: str, source: Source) -> Task:
    docs = entry.get("function") or []
    docs = docs if isinstance(docs, list) else [docs]
    return Task(
        task_id=entry["id"],
        turns=tuple(map(_tell, entry["question"])),
        answer=right,
        evaluator=evaluator,
        tools=tuple(map(RecordedTool, make_specs(docs, find_language(category)))),
        data={"id": entry["id"], "category": category, "function": docs},
    )


def _make_turns(entry: Mapping[str, Any], category: str, right: Any, evaluator: str, source: Source) -> Task:
    path, package, python, where = source
    classes = entry.get("involved_classes", [])
    unknown = [name for name in classes if name not in CLASSES]
    if unknown:
        raise SetupError(f"{where}: it involves {', '.join(unknown)}; known are {', '.join(CLASSES)}")
    modules = {name: CLASSES[name] for name in classes}
    docs = [doc for stem in modules.values() for doc in _read_docs(Path(path).parent, stem)]
    setup = {"modules": modules, "config": entry.get("initial_config", {}), "long_context": "long_context" in category}
    making = Making("bfcl_world", setup, (Path(package),) if package else (), python=python)
    known = ("id", "initial_config", "involved_classes")
    return Task(
        task_id=entry["id"],
        turns=tuple(map(_tell, entry["question"])),
        answer=right,
        evaluator=evaluator,
        make_world=partial(ChildWorld, making, tuple(make_specs(docs, PYTHON))),
        data={"category": category} | {key: entry[key] for key in known if key in entry},
    )


def _read_docs(folder: Path, stem: str) -> list[dict[str, Any]]:
    return [row for _, row in read_rows(folder / "multi_turn_func_doc" / f"{stem}.json")]


def _is_turn(turn: Any) -> bool:
    return isinstance(turn, list) and all(isinstance(each, dict) and "content" in each for each in turn)


def _tell(messages: list[Mapping[str, str]]) -> str:
    """What is asked in a turn; what a system says there comes first, as part of it."""
    return "\n\n".join(message["content"] for message in messages)
