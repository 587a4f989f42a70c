"""The rows as a Parquet file, for whoever reads columns."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from itertools import islice
from pathlib import Path
from typing import Any

from agent_brain.lab.trial import Trial

BATCH_ROWS = 1_000


def write_table(rows: Iterable[Trial], file: Path) -> None:
    """Write them, whole or not at all; no more than a batch of them is held at a time."""
    import pyarrow as pa  # an extra, and on first use, as below: what runs trials need not wait for it
    from pyarrow import parquet

    schema = _make_schema(pa)
    part = file.with_name(f"{file.name}.part")
    with parquet.ParquetWriter(part, schema, compression="zstd") as writer:
        for batch in _cut(rows):
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))
    os.replace(part, file)


def _cut(rows: Iterable[Trial]) -> Iterator[list[dict[str, Any]]]:
    left = iter(rows)
    while batch := [_flatten(row.data()) for row in islice(left, BATCH_ROWS)]:
        yield batch


def _flatten(data: dict[str, Any]) -> dict[str, Any]:
    """A row as Arrow takes it."""
    return {**data, "faults": sorted(data["faults"].items())}


def _make_schema(pa: Any) -> Any:
    """A column for each field of a row."""
    kinds: Mapping[Any, Any] = {str: pa.string(), int: pa.int64(), float: pa.float64()}
    special = {
        "outcome": pa.string(),
        "oracles": pa.list_(pa.string()),
        "drafts": pa.list_(pa.bool_()),
        "faults": pa.map_(pa.string(), pa.int64()),
    }
    return pa.schema([(field.name, special.get(field.name) or kinds[field.type]) for field in fields(Trial)])
