"""`agent-brain runs export`, `import` and `compact`: runs moved elsewhere, and made smaller."""

import asyncio
import os
import sys
from contextlib import aclosing
from pathlib import Path
from typing import Annotated, Any

import typer

from agent_brain.cli.labels import mark_foreign
from agent_brain.cli.options import RunName, StoreFlags, takes
from agent_brain.cli.places import Place, find_place
from agent_brain.cli.run_names import find_run
from agent_brain.cli.terminal import print_notice
from agent_brain.cli.using_stores import use_store
from agent_brain.core.errors import SetupError, StoreBroken, StoreError
from agent_brain.core.store import Store
from agent_brain.engine.export import import_run, read_export, write_export
from agent_brain.engine.retention import compact as compact_run

STDIO = "-"


@takes(StoreFlags)
def export(
    *,
    run: RunName,
    file: Annotated[
        str, typer.Option("--output", "-o", help="The file, which must not exist yet; `-`: standard output.")
    ] = STDIO,
    flags: StoreFlags,
) -> None:
    """Write a whole run as lines of JSON: its records, and all that it knows."""

    async def work(store: Store, _: Place) -> str:
        info = await find_run(store, run)
        lines = []
        async with aclosing(write_export(store, info.run_id)) as written:
            async for line in written:
                lines.append(line)
        return "".join(lines)

    text = use_store(flags, work)
    if file == STDIO:
        sys.stdout.write(text)
    else:
        _write(Path(file), text)


@takes(StoreFlags)
def import_(
    *,
    file: Annotated[str, typer.Argument(help="What `runs export` has written; `-`: standard input.")],
    name: Annotated[str, typer.Option("--as", help="Another id than it had.", metavar="RUN")] = "",
    trust: Annotated[
        bool, typer.Option("--trust", help="Take over which server, net and tools it was asked with, code included.")
    ] = False,
    flags: StoreFlags,
) -> None:
    """Bring an exported run into the store, whole or not at all; prints its id."""
    lines = _read(file)
    labels = _read_labels(file, lines)
    place = find_place(flags.read())
    store = place.open()

    async def work() -> str:
        try:
            return await import_run(store, lines, run_id=name, labels=labels if trust else mark_foreign(labels))
        finally:
            await store.aclose()

    print(asyncio.run(work()))


@takes(StoreFlags)
def compact(*, run: RunName, flags: StoreFlags) -> None:
    """Let a run keep what it knows, and not how it came to know it; it waits and goes on as before."""

    async def work(store: Store, _: Place) -> tuple[str, int]:
        info = await find_run(store, run)
        return info.run_id, await compact_run(store, info.run_id)

    run_id, count = use_store(flags, work)
    print_notice(f"{run_id}: {count:,} records removed")


def _write(file: Path, text: str) -> None:
    """A new file that its owner alone can read. Raises: SetupError where there is one already."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise SetupError(f"{file} exists already; name another file") from None
    with open(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)


def _read_labels(file: str, lines: list[str]) -> dict[str, Any]:
    """Those of an exported run. Raises: StoreError, of the file: no other store would mend it."""
    try:
        return dict(read_export(lines).info.labels)
    except StoreBroken as error:
        raise StoreError(f"{'standard input' if file == STDIO else file}: {error}") from error


def _read(file: str) -> list[str]:
    try:
        text = sys.stdin.read() if file == STDIO else Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise SetupError(f"the export {file} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise SetupError(f"the export {file} is not UTF-8: byte {error.start} is {error.reason}") from error
    return text.splitlines(keepends=True)
