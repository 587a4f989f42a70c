"""ToolHop: questions of several hops, each answered by a function that the row brings as source.

Ye et al., ToolHop, ACL 2025, arXiv 2501.02506. Read are the original file, and samples of it in JSON lines.
"""

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.core.tooling import ToolSpec
from agent_brain.lab.task import Task
from agent_brain.lab.tasks.fields import check, check_list, take
from agent_brain.lab.tasks.files import read_rows, read_text
from agent_brain.lab.tasks.function_world import Function, FunctionWorld
from agent_brain.lab.tasks.rows import load_json

FILES = ("ToolHop.json", "toolhop*.jsonl*", "data/ToolHop.json")
"""What is looked for in a folder, in this order."""
POINTER = "version https://git-lfs"
KEPT = ("source_id", "answer_type", "previous_answer_type", "domain", "hop_count", "sub_task")


def read_toolhop(path: str, seconds: float = 10.0, memory_mb: int = 1_024) -> list[Task]:
    """ToolHop's questions with their functions as tools: its file, a sample of it in JSON lines, or their folder.

    A call has so many seconds, and its process so much memory. The answer is compared exactly; `toolhop_official` is
    the rule of the paper's own scorer.
    """
    return [_make_task(row, where, seconds, memory_mb) for where, row in read_toolhop_rows(path)]


def read_toolhop_rows(path: str | Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows of such a file, each with the words that say where it stands. Raises: SetupError."""
    file = _find_file(Path(path))
    if file.suffix != ".json":
        yield from read_rows(file)
        return
    text = read_text(file)
    if text.startswith(POINTER):
        raise SetupError(f"{file} is a pointer of Git LFS, and not the file itself; `git lfs pull` fetches that")
    rows = check(load_json(text, str(file)), list, str(file))
    yield from ((f"{file}, question {place}", row) for place, row in enumerate(rows))


def _find_file(path: Path) -> Path:
    if not path.is_dir():
        return path
    found = next((file for pattern in FILES for file in sorted(path.glob(pattern))), None)
    if found is None:
        raise SetupError(f"{path} holds no file of ToolHop; wanted one of {', '.join(FILES)}")
    return found


def _make_task(row: Mapping[str, Any], where: str, seconds: float, memory_mb: int) -> Task:
    functions = {each.spec.name: each for each in read_functions(row, where)}
    source_id = row.get("source_id", row.get("id"))
    name = row.get("id", source_id)
    if not isinstance(name, str | int) or isinstance(name, bool):
        raise SetupError(f"{where}: id is {name!r:.60}; wanted a text or a whole number")
    if not isinstance(row["answer"], str | int | float) or isinstance(row["answer"], bool):
        raise SetupError(f"{where}: answer is {row['answer']!r:.60}; wanted a text or a number")
    return Task(
        task_id=str(name),
        turns=(take(row, "question", str, where),),
        answer=str(row["answer"]),
        make_world=partial(FunctionWorld, tuple(functions.values()), seconds, memory_mb),
        data={"source_id": source_id} | {key: row[key] for key in KEPT if key in row},
    )


def read_functions(row: Mapping[str, Any], where: str) -> list[Function]:
    """The functions of a row, one a hop and in their order; of a source that serves two hops, the same one twice.

    A row may use one name for two functions: the schema tells whose it is, and the second is called `NAME_2`.
    Raises: SetupError.
    """
    missing = [key for key in ("question", "answer", "tools", "functions") if key not in check(row, dict, where)]
    if missing:
        raise SetupError(f"{where}: a row of ToolHop has no {', '.join(missing)}")
    by_source: dict[str, Function] = {}
    sources = check_list(row["functions"], str, f"{where}: functions")
    tools = list(take(row, "tools", dict, where).values())
    for tool in tools:
        _check_tool(tool, f"{where}: a tool")
    for source in dict.fromkeys(sources):
        namesakes = Counter(each.name for each in by_source.values())
        by_source[source] = _read_function(source, tools, namesakes, where)
    return [by_source[source] for source in sources]


def _check_tool(tool: Any, where: str) -> None:
    for name in ("name", "description"):
        take(tool, name, str, where)
    take(take(tool, "parameters", dict, where), "properties", dict, f"{where}, its parameters")


def _read_function(source: str, tools: Iterable[Mapping[str, Any]], taken: Counter[str], where: str) -> Function:
    try:
        defined = next(part for part in ast.parse(source).body if isinstance(part, ast.FunctionDef))
    except (SyntaxError, ValueError, StopIteration, RecursionError, MemoryError):  # what a parser does with a pit
        raise SetupError(f"{where}: {source[:60]!r} defines no function") from None
    name, parameters = defined.name, frozenset(arg.arg for arg in (*defined.args.args, *defined.args.kwonlyargs))
    own = [tool for tool in tools if tool["name"] == name]
    if not own:
        raise SetupError(f"{where}: nothing is told of the function {name}")
    tool = max(own, key=lambda each: len(parameters & each["parameters"]["properties"].keys()))
    called = f"{name}_{taken[name] + 1}" if taken[name] else name
    spec = ToolSpec(called, tool["description"], tool["parameters"], read_only=True)
    return Function(spec, source, name, parameters)
