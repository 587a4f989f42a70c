"""Rows as kept, read as an Arrow table: 100,000 of them within a second, and with whatever a killed process left."""

import io
import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import json as arrow_json

from agent_brain.core.errors import SetupError
from agent_brain.core.items import FaultKind
from agent_brain.lab.folder import ROWS
from agent_brain.lab.trial import Outcome, Trial

BLOCK_BYTES = 2 << 20
WORDS = ("trial_id", "task", "arm", "outcome", "family", "split", "evaluator", "right", "limit", "error")
COUNTS = (
    "repeat", "turns", "steps", "model_calls", "tool_calls", "input_tokens", "cached_tokens", "output_tokens",
    "reasoning_tokens", "unpriced_tokens", "judge_calls", "judge_tokens", "judge_unpriced_tokens", "user_calls",
    "user_tokens", "user_unpriced_tokens", "aside_calls", "aside_tokens", "aside_unpriced_tokens", "tool_failures",
    "attempts",
)  # fmt: skip
AMOUNTS = (
    "score", "cost_usd", "judge_cost_usd", "user_cost_usd", "aside_cost_usd", "model_seconds", "wall_seconds",
)  # fmt: skip
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
    try:
        return _keep_last(_read_file(file))
    except pa.ArrowInvalid:
        mended = _mend(file)
    try:
        return _keep_last(_read(pa.BufferReader(mended), len(mended)))
    except pa.ArrowInvalid as error:
        raise SetupError(f"{file} holds what is no row of a trial: {error}") from error


def tabulate(trials: Iterable[Trial]) -> pa.Table:
    """The same table of trials at hand."""
    return _keep_last(pa.Table.from_pylist([trial.data() for trial in trials], schema=SCHEMA))


def _read_file(file: Path) -> pa.Table:
    """Block by block: most of a file is what models have said, and is never held whole."""
    with file.open("rb") as lines:
        whole = last = longest = 0
        for line in lines:
            whole, last, longest = whole + len(line), len(line), max(longest, len(line))
        if last and not line.endswith(b"\n"):
            whole -= last  # what a killed process was writing has no end
    with _Head(file, whole) as head:
        return _read(pa.PythonFile(head, mode="r"), 2 * longest)


class _Head(io.FileIO):
    """The first bytes of a file."""

    def __init__(self, file: Path, size: int) -> None:
        super().__init__(file)
        self._left = size

    def read(self, size: int | None = -1) -> bytes:
        """So many of them, or all that are left."""
        found = super().read(self._left if size is None or size < 0 else min(size, self._left)) or b""
        self._left -= len(found)
        return found


def _read(source: pa.NativeFile, line_bytes: int) -> pa.Table:
    """`line_bytes`: no line may be longer than a block."""
    parsing = arrow_json.ParseOptions(explicit_schema=SCHEMA, unexpected_field_behavior="ignore")
    # In one thread: several would hold many blocks at once, and save little time.
    reading = arrow_json.ReadOptions(block_size=max(BLOCK_BYTES, line_bytes), use_threads=False)
    table = arrow_json.read_json(source, parse_options=parsing, read_options=reading)
    return _fill(table.select(SCHEMA.names))


def _fill(table: pa.Table) -> pa.Table:
    """Rows of earlier versions do not tell what judging cost: it is not known."""
    place = SCHEMA.get_field_index("judge_unpriced_tokens")
    return table.set_column(place, SCHEMA.field(place), pc.coalesce(table[place], table["judge_tokens"]))


def _mend(file: Path) -> bytes:
    """The lines that are JSON objects: one that was torn may stand before others of a process that went on.

    Raises: SetupError where there is none, or so many lines are none that the file must be another one.
    """
    lines = file.read_bytes().rpartition(b"\n")[0].splitlines()
    kept = [line for line in lines if _is_object(line)]
    if not b"".join(lines).strip():
        raise SetupError(f"{file} holds no trial; `agent-brain lab run` makes them")
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
    table = table.combine_chunks()
    keys = [_rank(table["task"]), _rank(table["arm"]), table["repeat"].fill_null(0).to_numpy()]
    order = np.lexsort(keys[::-1])  # of one trial, rows keep the order in which they were written
    is_last = np.ones(len(order), dtype=bool)
    is_last[:-1] = np.any([key[order[1:]] != key[order[:-1]] for key in keys], axis=0)
    found = table.take(pa.array(order[is_last]))
    _check_scores(found)
    return found


def _rank(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Each text's place among all that are different."""
    texts = column.fill_null("").combine_chunks().dictionary_encode()
    places = np.argsort(np.argsort(np.array(texts.dictionary.to_pylist(), dtype=object)))
    return np.asarray(places[texts.indices.to_numpy()], dtype=np.int64)


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
