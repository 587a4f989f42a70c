"""BFCL, the Berkeley Function Calling Leaderboard: tasks of one turn and of several, of its versions 3 and 4.

Patil et al., The Berkeley Function Calling Leaderboard, ICML 2025. Read are the files of `bfcl_eval/data`, as the
package `bfcl-eval` and its repository have them; the worlds of multi-turn tasks are that package's own code.
"""

from collections.abc import AsyncGenerator, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from agent_brain.core.errors import SetupError, UnknownName
from agent_brain.core.items import Observation
from agent_brain.core.tooling import ToolSpec
from agent_brain.lab.task import Task
from agent_brain.lab.tasks.bfcl_docs import PYTHON, check_docs, find_language, make_name, make_specs
from agent_brain.lab.tasks.bfcl_words import ANSWER_FORMAT, MORE_FUNCTIONS, read_words
from agent_brain.lab.tasks.child_world import ChildWorld, Making
from agent_brain.lab.tasks.fields import check_list, take, take_or
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
MULTI, SEARCH = "multi_turn", "web_search"
REFUSED: Mapping[str, str] = {
    "memory": "its questions are about conversations of days before, which a model has to have written into a store of "
    "the package's; trials know nothing of each other, and each would have to have all those conversations first",
    "format_sensitivity": "its file lists names of tasks in other files, to be asked with prompts that say in which "
    "format calls are written; wanted those other files, and arms with such prompts",
}
"""Categories, by a part of their names, and why they are not read."""
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
    _refuse(Path(path).name, path)
    package = package or _find_package(path)
    evaluator = f"bfcl(package={package!r}, python={python!r}, rules={rules!r})"
    source = Source(path, package, python, evaluator)
    answers = _read_answers(Path(path))
    return [_make_task(entry, answers, source, where) for where, entry in read_rows(path)]


@dataclass(frozen=True, slots=True)
class Source:
    """Where entries come from, and who judges."""

    path: str
    package: str
    """The folder that holds `bfcl_eval`, where it is not installed."""
    python: str
    evaluator: str


def _refuse(name: str, where: str) -> None:
    """Let names of files and categories pass whose tasks can be read. Raises: SetupError."""
    for part, why in REFUSED.items():
        if part in name:
            raise SetupError(f"{where}: tasks of category {part!r} are not read: {why}")


def _make_task(entry: Mapping[str, Any], answers: Mapping[str, Any], source: Source, where: str) -> Task:
    is_entry = isinstance(entry.get("id"), str) and isinstance(entry.get("question"), list)
    if not is_entry or not all(map(_is_turn, entry["question"])):
        raise SetupError(
            f"{where}: an entry of BFCL has an id, and as its question a list of turns, each a list of messages with "
            f"a text as content; found {', '.join(entry)}"
        )
    category = str(entry["id"]).rpartition("_")[0]
    _refuse(category, where)
    right = _find_right(entry, category, answers, where)
    if category.startswith(MULTI):
        return _make_turns(entry, category, right, source, where)
    return _make_single(entry, category, right, source, where)


def _find_right(entry: Mapping[str, Any], category: str, answers: Mapping[str, Any], where: str) -> dict[str, Any]:
    """What counts as done, by the kind of the category. Raises: SetupError for one that is not known."""
    if "relevance" in category.rpartition("live_")[2]:
        return {"called": "irrelevance" not in category}
    if not category.startswith((MULTI, SEARCH)) and not set(category.split("_")) & set(SINGLE):
        raise SetupError(
            f"{where}: tasks of category {category!r} cannot be read; wanted {MULTI}_base, {MULTI}_miss_param, "
            f"{MULTI}_miss_func, {MULTI}_long_context, {SEARCH}, or one with {', '.join(SINGLE)} in its name"
        )
    if entry["id"] not in answers:
        raise SetupError(f"{where}: {entry['id']} has no answer in the folder possible_answer beside the file")
    kind = "turns" if category.startswith(MULTI) else "answers" if category.startswith(SEARCH) else "calls"
    return {kind: answers[entry["id"]]}


def _read_answers(path: Path) -> dict[str, Any]:
    file = path.parent / "possible_answer" / path.name
    if not file.exists():
        return {}
    return {take(row, "id", str, where): take(row, "ground_truth", list, where) for where, row in read_rows(file)}


def _find_package(path: str) -> str:
    """The folder around `bfcl_eval`, where the file lies in it."""
    for folder in Path(path).resolve().parents:
        if folder.name == "bfcl_eval" and (folder / "eval_checker").is_dir():
            return str(folder.parent)
    return ""


def _make_single(entry: Mapping[str, Any], category: str, right: Any, source: Source, where: str) -> Task:
    """A task of one turn; what is asked of the web has no tools of its own, and takes those of the arm."""
    docs = entry.get("function") or []
    docs = check_docs(docs if isinstance(docs, list) else [docs], f"{where}: function")
    asked = tuple(map(_tell, entry["question"]))
    if "answers" in right:
        asked = (f"{read_words(source.package, ANSWER_FORMAT)}\n\n{asked[0]}", *asked[1:])
    return Task(
        task_id=entry["id"],
        turns=asked,
        answer=right,
        evaluator=source.evaluator,
        tools=tuple(map(RecordedTool, make_specs(docs, find_language(category)))),
        data={"id": entry["id"], "category": category, "function": docs},
    )


def _make_turns(entry: Mapping[str, Any], category: str, right: Any, source: Source, where: str) -> Task:
    classes = check_list(entry.get("involved_classes", []), str, f"{where}: involved_classes")
    unknown = [name for name in classes if name not in CLASSES]
    if unknown:
        raise SetupError(f"{where}: it involves {', '.join(unknown)}; known are {', '.join(CLASSES)}")
    modules = {name: CLASSES[name] for name in classes}
    docs = [doc for stem in modules.values() for doc in _read_docs(Path(source.path).parent, stem)]
    config = take_or(entry, "initial_config", dict, where)
    setup = {"modules": modules, "config": config, "long_context": "long_context" in category}
    making = Making("bfcl_world", setup, (Path(source.package),) if source.package else (), python=source.python)
    known = ("id", "initial_config", "involved_classes")
    later = _read_missed(entry, [doc["name"] for doc in docs], where)
    turns = [
        _tell(messages) if messages else read_words(source.package, MORE_FUNCTIONS) for messages in entry["question"]
    ]
    return Task(
        task_id=entry["id"],
        turns=tuple(turns),
        answer=right,
        evaluator=source.evaluator,
        tools_from={make_name(name): turn for name, turn in later.items()},
        make_world=partial(ChildWorld, making, tuple(make_specs(docs, PYTHON))),
        data={"category": category} | {key: entry[key] for key in known if key in entry},
    )


def _read_missed(entry: Mapping[str, Any], known: Collection[str], where: str) -> dict[str, int]:
    """The functions that are kept back at first, with the turn that brings them, at which nobody says anything."""
    first: dict[str, int] = {}
    turns = len(entry["question"])
    for turn, names in take_or(entry, "missed_function", dict, where).items():
        if not turn.isdecimal() or not 0 < int(turn) < turns:
            raise SetupError(f"{where}: missed_function names turn {turn}; it has turns 0 to {turns - 1}")
        for name in check_list(names, str, f"{where}: missed_function"):
            if name not in known:
                raise UnknownName(f"function that is missed in {where}", name, known)
            first[name] = int(turn)
    silent = [turn for turn, messages in enumerate(entry["question"]) if not messages]
    if set(silent) - set(first.values()):
        raise SetupError(f"{where}: nothing is said in turn {silent[0]}, and no function comes with it")
    return first


def _read_docs(folder: Path, stem: str) -> list[dict[str, Any]]:
    file = folder / "multi_turn_func_doc" / f"{stem}.json"
    return check_docs([row for _, row in read_rows(file)], str(file))


def _is_turn(turn: Any) -> bool:
    return isinstance(turn, list) and all(isinstance(each, dict) and _is_text(each.get("content")) for each in turn)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _tell(messages: list[Mapping[str, str]]) -> str:
    """What is asked in a turn; what a system says there comes first, as part of it."""
    return "\n\n".join(message["content"] for message in messages)
