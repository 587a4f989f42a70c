"""Rows as kept, read as an Arrow table: 100,000 of them within a second, and with whatever a killed process left."""

import io
import json
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import json as arrow_json

from agent_brain.core.errors import SetupError
from agent_brain.core.items import FaultKind
from agent_brain.lab.folder import ROWS
from agent_brain.lab.trial import Outcome, Trial

BLOCK_BYTES = 16 << 20
WORDS = (
    "trial_id",
    "task",
    "arm",
    "outcome",
    "family",
    "split",
    "evaluator",
    "right",
    "limit",
    "error",
    "answer",
    "feedback",
)
COUNTS = (
    "repeat", "turns", "steps", "model_calls", "tool_calls", "input_tokens", "cached_tokens", "output_tokens",
    "reasoning_tokens", "unpriced_tokens", "judge_tokens", "judge_unpriced_tokens", "tool_failures",
    "attempts",
)  # fmt: skip
AMOUNTS = ("score", "cost_usd", "judge_cost_usd", "model_seconds", "wall_seconds")
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in WORDS),
        *((name, pa.int64()) for name in COUNTS),
        *((name, pa.float64()) for name in AMOUNTS),
        ("faults", pa.struct([(kind.value, pa.int64()) for kind in FaultKind])),
        ("drafts", pa.list_(pa.bool_())),
        ("oracles", pa.list_(pa.string())),
    ]
)
"""What an analysis reads of a row; whatever else a row holds is passed over."""


def read_rows(folder: Path) -> pa.Table:
    """The rows kept in an experiment's folder. Raises: SetupError where there are none."""
    file = folder / ROWS
    if not file.is_file():
        raise SetupError(
            f"no {ROWS} in {folder}; wanted the folder of an experiment that was run: `agent-brain lab run` writes "
            "lost rows again from its journal, and asks no model"
        )
    data = file.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]  # what a killed process was writing last has no end
    if not whole.strip():
        raise SetupError(f"{file} holds no trial; `agent-brain lab run` makes them")
    try:
        return _keep_last(_read(whole))
    except pa.ArrowInvalid:
        whole = _mend(whole, file)
    try:
        return _keep_last(_read(whole))
    except pa.ArrowInvalid as error:
        raise SetupError(f"{file} holds what is no row of a trial: {error}") from error


def tabulate(trials: Iterable[Trial]) -> pa.Table:
    """The same table of trials at hand."""
    return _keep_last(pa.Table.from_pylist([trial.data() for trial in trials], schema=SCHEMA))


def _read(data: bytes) -> pa.Table:
    parsing = arrow_json.ParseOptions(explicit_schema=SCHEMA, unexpected_field_behavior="ignore")
    reading = arrow_json.ReadOptions(block_size=max(BLOCK_BYTES, _longest(data)))
    table = arrow_json.read_json(pa.BufferReader(data), parse_options=parsing, read_options=reading)
    return _fill(table.select(SCHEMA.names))


def _fill(table: pa.Table) -> pa.Table:
    """Rows of earlier versions do not tell what judging cost: it is not known."""
    place = SCHEMA.get_field_index("judge_unpriced_tokens")
    return table.set_column(place, SCHEMA.field(place), pc.coalesce(table[place], table["judge_tokens"]))


def _longest(data: bytes) -> int:
    """No line may be longer than a block; a look at all of them is needed only where there are few."""
    if len(data) <= BLOCK_BYTES:
        return len(data)
    return 2 * max(map(len, io.BytesIO(data)))


def _mend(data: bytes, file: Path) -> bytes:
    """The lines that are JSON objects: one that was torn may stand before others of a process that went on."""
    lines = data.splitlines()
    kept = [line for line in lines if _is_object(line)]
    if len(lines) - len(kept) > max(1, len(lines) // 100):
        raise SetupError(f"{file}: {len(lines) - len(kept)} of {len(lines)} lines are no rows of trials")
    return b"\n".join(kept) + b"\n"


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _keep_last(table: pa.Table) -> pa.Table:
    """One row for each trial, the last one written, in the order of task, arm and repeat, however they came.

    Raises: SetupError for a score that is none.
    """
    keys = ["task", "arm", "repeat"]
    numbered = table.append_column("place", pa.array(range(table.num_rows), pa.int64()))
    last = numbered.group_by(keys).aggregate([("place", "max")])["place_max"]
    found = table.take(last).sort_by([(key, "ascending") for key in keys]).combine_chunks()
    _check_scores(found)
    return found


def _check_scores(table: pa.Table) -> None:
    """Raises: SetupError where a trial that counts has no score from 0 to 1: nobody may take it for one."""
    is_score = pc.fill_null(pc.and_(pc.greater_equal(table["score"], 0), pc.less_equal(table["score"], 1)), False)
    wrong = table.filter(pc.and_not(pc.not_equal(table["outcome"], Outcome.INFRASTRUCTURE.value), is_score))
    if wrong.num_rows:
        first = wrong.slice(0, 1).to_pylist()[0]
        raise SetupError(
            f"{wrong.num_rows} rows have no score from 0 to 1, the first one that of task {first['task']!r:.80} in arm "
            f"{first['arm']!r:.80}: {first['score']}"
        )
