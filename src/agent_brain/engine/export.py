"""A run as lines of JSON, whole in itself: written from any store, checked, and brought into any other one.

The first line says what it is and holds the run's row; each commit is a line; a compacted run has its snapshot in one;
the last line holds how many lines there were and a digest of them. Nothing but ASCII is written.
"""

import base64
import json
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from typing import Any

from agent_brain.core.env_json import decode_env
from agent_brain.core.errors import StoreBroken, StoreError
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.record_json import RECORDS_VERSION, decode_record, encode_record
from agent_brain.core.records import Forked, Status
from agent_brain.core.store import Commit, Parent, RunInfo, Store

FORMAT = "agent-brain run"
FORMAT_VERSION = 1
LINE_CHARACTERS_MAX = 1 << 26
"""No line is longer: what is read may come from anywhere."""


@dataclass(frozen=True, slots=True)
class Export:
    """All that a store holds of one run."""

    info: RunInfo
    """Its row; the parent is told for information: its records are among the commits."""
    commits: list[Commit]
    snapshot: tuple[int, bytes] | None = None
    """Its head and the env, where the records up to there were compacted away."""
    mail: Mapping[str, Any] = field(default_factory=dict)
    """Replies that nobody has taken up."""


async def write_export(store: Store, run_id: str) -> AsyncGenerator[str, None]:
    """The lines of a run, each with its line feed; what it inherited from a parent is among them.

    Raises: RunUnknown; RunKept where it is compacted meanwhile; StoreBroken where its snapshot is missing.
    """
    info = await store.get(run_id)
    digest, lines = sha256(), 0
    async with aclosing(_write_parts(store, info)) as parts:
        async for part in parts:
            line = json.dumps(part, separators=(",", ":"))
            if len(line) > LINE_CHARACTERS_MAX:
                raise StoreError(f"run {run_id!r} has a commit of {len(line)} characters, too long for an export")
            digest.update(line.encode() + b"\n")
            lines += 1
            yield line + "\n"
    yield json.dumps({"end": {"lines": lines, "sha256": digest.hexdigest()}}, separators=(",", ":")) + "\n"


def read_export(lines: Iterable[str]) -> Export:
    """The run in such lines. Raises: StoreBroken, which names the line that is not as it was written."""
    reader = _Reader()
    for number, line in enumerate(lines, 1):
        reader.read(number, line)
    return reader.finish()


async def import_run(
    store: Store, lines: Iterable[str], *, run_id: str = "", labels: Mapping[str, Any] | None = None
) -> str:
    """Bring a run into a store, whole or not at all, and give its name; it is driven by nobody.

    `labels` take the place of those that it has: whoever wrote the lines may have written anything into them.
    Under another name than it had, the ids of its earlier actions keep the old one: they are what tools were told.
    Raises: StoreBroken, which names the line at fault; RunExists.
    """
    found = read_export(lines)
    _check_whole(found)
    if run_id and run_id != found.info.run_id:
        found = _rename(found, run_id)
    if labels is not None:
        found = replace(found, info=replace(found.info, labels=labels))
    await store.restore(replace(found.info, parent=None), found.commits, found.snapshot)
    if found.mail:
        await store.post(found.info.run_id, found.mail)
    return found.info.run_id


async def _write_parts(store: Store, info: RunInfo) -> AsyncGenerator[dict[str, Any], None]:
    """What each line but the last one holds."""
    row = {**asdict(info), "owner": "", "lease_until": None}
    yield {"format": FORMAT, "version": FORMAT_VERSION, "records": RECORDS_VERSION, "run": row}
    if info.base:
        kept = await store.read_snapshot(info.run_id, info.base)
        if kept is None or kept[0] != info.base:
            raise StoreBroken(f"run {info.run_id!r} was compacted and has no snapshot of its first {info.base} records")
        yield {"snapshot": {"head": kept[0], "env": base64.b64encode(kept[1]).decode()}}
    async with aclosing(store.read(info.run_id, info.base, info.head)) as commits:
        async for commit in commits:
            records = [encode_record(record) for record in commit.records]
            yield {"commit": {"first": commit.first, "at": commit.at, "epoch": commit.epoch, "records": records}}
    if mail := await store.read_mail(info.run_id):
        yield {"mail": mail}


class _Reader:
    """Takes the lines one by one, and knows what has to come next."""

    def __init__(self) -> None:
        self._digest = sha256()
        self._info: RunInfo | None = None
        self._records_version = RECORDS_VERSION
        self._commits: list[Commit] = []
        self._snapshot: tuple[int, bytes] | None = None
        self._mail: Mapping[str, Any] = {}
        self._head = 0
        self._number = 0
        self._is_over = False

    def read(self, number: int, line: str) -> None:
        """Take one line. Raises: StoreBroken."""
        self._number = number
        line = line.rstrip("\r\n")
        if self._is_over:
            if line.strip():
                raise self._broken("there is more behind the end; wanted the lines of one run")
            return
        if len(line) > LINE_CHARACTERS_MAX:
            raise self._broken(f"it has {len(line)} characters; wanted at most {LINE_CHARACTERS_MAX}")
        try:
            self._take(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise self._broken(f"it is {line:.60}: {type(error).__name__}: {error}") from error
        self._digest.update(line.encode(errors="surrogatepass") + b"\n")

    def finish(self) -> Export:
        """The whole run. Raises: StoreBroken where the end is missing."""
        if not self._is_over or self._info is None:
            raise StoreBroken(f"the export is cut short: it ends with line {self._number} and has no end line")
        return Export(self._info, self._commits, self._snapshot, self._mail)

    def _take(self, data: dict[str, Any]) -> None:
        if self._info is None:
            self._begin(data)
            return
        [(kind, value)] = data.items()
        match kind:
            case "snapshot" if not self._commits and self._snapshot is None and value["head"] == self._head > 0:
                self._snapshot = self._head, base64.b64decode(value["env"], validate=True)
            case "commit" if self._snapshot is not None or self._info.base == 0:
                self._add(value)
            case "mail" if self._head == self._info.head:
                self._mail = dict(value)
            case "end":
                self._end(value)
            case _:
                raise self._broken(
                    f"{kind!r:.60} stands where it cannot; lines are missing, doubled or in another order"
                )

    def _begin(self, data: dict[str, Any]) -> None:
        if data.get("format") != FORMAT:
            raise self._broken(f"it is no header of an export; wanted an object with format {FORMAT!r}")
        version, records = data["version"], data["records"]
        if not (0 < version <= FORMAT_VERSION and 0 < records <= RECORDS_VERSION):
            raise self._broken(
                f"the export is of version {version} with records of version {records}; this agent-brain reads up to "
                f"{FORMAT_VERSION} and {RECORDS_VERSION}"
            )
        self._records_version = records
        self._info = _read_info(data["run"])
        self._head = self._info.base

    def _add(self, data: dict[str, Any]) -> None:
        assert self._info is not None  # the header came first
        records = tuple(decode_record(record, self._records_version) for record in data["records"])
        if data["first"] != self._head + 1 or not records:
            raise self._broken(f"it begins with record {data['first']}; wanted record {self._head + 1}")
        self._head += len(records)
        self._commits.append(Commit(self._info.run_id, data["first"], records, float(data["at"]), int(data["epoch"])))

    def _end(self, data: dict[str, Any]) -> None:
        assert self._info is not None  # the header came first
        if data["lines"] != self._number - 1 or self._head != self._info.head:
            raise self._broken(
                f"{self._number - 1} lines with {self._head} records came before it; wanted {data['lines']} lines and "
                f"{self._info.head} records"
            )
        if data["sha256"] != self._digest.hexdigest():
            raise self._broken("the lines before it are not those that were written: their digest is another one")
        self._is_over = True

    def _broken(self, said: str) -> StoreBroken:
        return StoreBroken(f"line {self._number} of the export: {said}")


def _read_info(data: dict[str, Any]) -> RunInfo:
    """The row; its texts and numbers are what they say. Raises: KeyError, TypeError, ValueError."""
    given: dict[str, Any] = {name: _want(data[name], str) for name in ("run_id", "net", "fingerprint", "goal", "state")}
    given |= {name: _want(data[name], int) for name in ("head", "base", "epoch", "attempts")}
    given |= {name: float(data[name]) for name in ("created_at", "updated_at")}
    given["wake_at"] = None if data["wake_at"] is None else float(data["wake_at"])
    given["parent"] = None if data["parent"] is None else Parent(**data["parent"])
    given["status"], given["labels"] = Status(data["status"]), _want(data["labels"], dict)
    if not given["run_id"] or not 0 <= given["base"] <= given["head"]:
        raise ValueError("a run has a name, and its base is no larger than its head")
    return RunInfo(**given, owner="", lease_until=None)


def _want(value: Any, kind: type) -> Any:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError(f"{value!r:.60} is no {kind.__name__}")
    return value


def _check_whole(found: Export) -> None:
    """Let a run pass that can be read back once it is there. Raises: StoreBroken."""
    info = found.info
    try:
        env = MemoryEnv() if found.snapshot is None else decode_env(found.snapshot[1])
        if env is None:
            raise StoreBroken(f"the export of run {info.run_id!r} has a snapshot of another version")
        for commit in found.commits:
            env.replay(commit.records)
        is_equal = (env.run_id, env.head) == (info.run_id, info.head)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise StoreBroken(f"the records of run {info.run_id!r} make no run: {type(error).__name__}: {error}") from error
    if not is_equal:
        raise StoreBroken(
            f"the records in the export make run {env.run_id!r} with {env.head} records; its first line says "
            f"{info.run_id!r} with {info.head}"
        )


def _rename(found: Export, run_id: str) -> Export:
    """The same run under another name, which a record of its own says."""
    info = found.info
    head = info.head + 1
    renaming = Commit(run_id, head, (Forked(run_id),), info.updated_at, info.epoch)
    commits = [*_give_to(run_id, found.commits), renaming]
    return replace(found, info=replace(info, run_id=run_id, head=head), commits=commits)


def _give_to(run_id: str, commits: Sequence[Commit]) -> Iterator[Commit]:
    return (replace(commit, run_id=run_id) for commit in commits)
