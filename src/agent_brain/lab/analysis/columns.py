"""Trials as columns: one array for each thing that is counted, so that a hundred thousand of them take a moment."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from agent_brain.core.errors import SetupError
from agent_brain.lab.analysis.reading import AMOUNTS, COUNTS, tabulate
from agent_brain.lab.trial import Outcome, Trial

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

OUTCOMES = tuple(Outcome)
INFRASTRUCTURE = OUTCOMES.index(Outcome.INFRASTRUCTURE)
_NUMBERS = re.compile(r"([0-9]{1,18})")
"""Longer ones are read in pieces: what names a task may be a stranger's."""


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """A column of texts of which few are different: `names[codes[i]]` is that of row i."""

    names: tuple[str, ...]
    codes: Ints

    @property
    def rows(self) -> list[str]:
        """Each row's text."""
        return [self.names[code] for code in self.codes]

    def pick(self, rows: Ints | Bools) -> "Words":
        """Those of these rows, under the same codes."""
        return replace(self, codes=self.codes[rows])

    def count(self) -> dict[str, int]:
        """How often each text stands there, the most frequent first; the empty one is left out."""
        counts = np.bincount(self.codes, minlength=len(self.names))
        found = {name: int(counts[code]) for code, name in enumerate(self.names) if name and counts[code]}
        return dict(sorted(found.items(), key=lambda entry: (-entry[1], entry[0])))


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """All that an analysis reads of trials; rows stand in the order of task, arm and repeat."""

    task: Words
    arm: Words
    family: Words
    split: Words
    evaluator: Words
    limit: Words
    error: Words
    """The kind of error, without its message."""
    oracle: Words
    """The evaluators that knew the answer and had a say inside the run, a line each."""
    outcome: Ints
    """Places in `OUTCOMES`."""
    numbers: Mapping[str, Floats]
    """Scores, counts, tokens, dollars and seconds, by the names that they have in a trial."""
    faults: Mapping[str, Ints]
    drafts: Ints
    """How many answers the run had on its way; 0 where nobody has judged them."""
    first_right: Bools
    last_right: Bools
    trial_id: NDArray[np.object_] = field(repr=False)

    def __len__(self) -> int:
        return len(self.outcome)

    @property
    def is_counted(self) -> Bools:
        """False for what says nothing of its arm."""
        return np.asarray(self.outcome != INFRASTRUCTURE)

    def pick(self, rows: Ints | Bools) -> "Columns":
        """These rows alone."""
        changed: dict[str, Any] = {}
        for each in fields(self):
            value: Any = getattr(self, each.name)
            match value:
                case Words():
                    changed[each.name] = value.pick(rows)
                case Mapping():
                    changed[each.name] = {name: column[rows] for name, column in value.items()}
                case _:
                    changed[each.name] = value[rows]
        return replace(self, **changed)

    def find_arm(self, name: str) -> Bools:
        """Which rows are of this arm."""
        if name not in self.arm.names:
            return np.zeros(len(self), dtype=bool)
        return np.asarray(self.arm.codes == self.arm.names.index(name))


def arrange(trials: Iterable[Trial]) -> Columns:
    """Trials at hand as columns."""
    return to_columns(tabulate(trials))


def sort_naturally(names: Iterable[str]) -> list[str]:
    """Names in the order that people expect: `t2` before `t10`."""
    return sorted(names, key=lambda name: (list(map(_rank, _NUMBERS.split(name))), name))


def _rank(part: str) -> tuple[int, int, str]:
    """Numbers before words, and by size; an empty part stands before both."""
    if not part:
        return (0, 0, "")
    return (1, int(part), "") if _NUMBERS.fullmatch(part) else (2, 0, part)


def to_columns(table: pa.Table) -> Columns:
    """A table of rows as columns."""
    faults = table["faults"].combine_chunks()
    drafts = _read_drafts(table["drafts"].combine_chunks())
    outcomes = _encode(table, "outcome")
    return Columns(
        task=_encode(table, "task"),
        arm=_encode(table, "arm"),
        family=_encode(table, "family"),
        split=_encode(table, "split"),
        evaluator=_encode(table, "evaluator"),
        limit=_encode(table, "limit"),
        error=_rename(_encode(table, "error"), lambda text: text.partition(":")[0]),
        oracle=_encode_lists(table["oracles"].to_pylist()),
        outcome=np.array(list(map(_place_outcome, outcomes.names)), dtype=np.int64)[outcomes.codes],
        numbers={name: _numbers(table, name) for name in (*COUNTS, *AMOUNTS)},
        faults={kind.name: _ints(faults.field(kind.name)) for kind in faults.type},
        drafts=drafts[0],
        first_right=drafts[1],
        last_right=drafts[2],
        trial_id=table["trial_id"].fill_null("").to_numpy(),
    )


def _place_outcome(name: str) -> int:
    if name not in OUTCOMES:
        raise SetupError(f"a row has the outcome {name!r:.80}; known: {', '.join(OUTCOMES)}")
    return OUTCOMES.index(Outcome(name))


def _encode(table: pa.Table, name: str) -> Words:
    column = table[name].fill_null("").combine_chunks().dictionary_encode()
    known = Words(tuple(column.dictionary.to_pylist()), np.asarray(column.indices, dtype=np.int64))
    return _rename(known, str)


def _encode_lists(rows: Sequence[Sequence[str] | None]) -> Words:
    keys = [tuple(sorted(row or ())) for row in rows]
    names = {key: code for code, key in enumerate(dict.fromkeys(keys))}
    codes = np.fromiter((names[key] for key in keys), dtype=np.int64, count=len(keys))
    return _rename(Words(tuple("\n".join(key) for key in names), codes), str)


def _rename(words: Words, change: Callable[[str], str]) -> Words:
    """The same column with its texts changed, and in the order that people expect."""
    changed = [change(name) for name in words.names]
    names = sort_naturally(set(changed))
    order = {name: place for place, name in enumerate(names)}
    places = np.array([order[name] for name in changed], dtype=np.int64)
    return Words(tuple(names), places[words.codes])


def _numbers(table: pa.Table, name: str) -> Floats:
    return np.asarray(table[name].fill_null(0).to_numpy(), dtype=np.float64)


def _ints(column: pa.Array) -> Ints:
    return np.asarray(column.fill_null(0).to_numpy(zero_copy_only=False), dtype=np.int64)


def _read_drafts(column: pa.ListArray) -> tuple[Ints, Bools, Bools]:
    """How many there are, and whether the first and the last were right."""
    lists = column.fill_null([])
    counts = np.diff(lists.offsets.to_numpy())
    values = np.asarray(lists.flatten().to_numpy(zero_copy_only=False), dtype=bool)
    ends = np.cumsum(counts)
    first, last = np.zeros(len(counts), dtype=bool), np.zeros(len(counts), dtype=bool)
    has_any = counts > 0
    first[has_any] = values[(ends - counts)[has_any]]
    last[has_any] = values[ends[has_any] - 1]
    return counts.astype(np.int64), first, last
