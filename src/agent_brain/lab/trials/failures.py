"""Whose fault a failed run is: what broke outside says nothing of an arm; what the arm brought about is its result."""

from collections.abc import Mapping
from contextlib import aclosing
from enum import StrEnum

from agent_brain.core.errors import EvaluatorFailed, ModelErrorKind
from agent_brain.core.records import Failed, find_innermost
from agent_brain.core.store import Store

TAIL_RECORDS = 500
"""How far back from its end the reason of a failure is looked for."""


class Blame(StrEnum):
    """Whom a failure speaks of."""

    ARM = "arm"
    """It counts, as a score of 0."""
    OUTSIDE = "outside"
    """It is tried again, and left out of all comparisons where that does not help."""
    SETTING = "setting"
    """As `outside`, and it would not help to try again before somebody has changed something."""


BLAMES: Mapping[ModelErrorKind, tuple[Blame, str]] = {
    ModelErrorKind.CONNECTION: (Blame.OUTSIDE, "the network or the server broke off"),
    ModelErrorKind.TIMEOUT: (
        Blame.OUTSIDE,
        "the server was too slow; the run's own limit of time is a limit, no error",
    ),
    ModelErrorKind.RATE_LIMIT: (Blame.OUTSIDE, "the account's, whatever the arm does"),
    ModelErrorKind.SERVER: (Blame.OUTSIDE, "the server failed"),
    ModelErrorKind.CUT: (Blame.OUTSIDE, "the stream ended too early"),
    ModelErrorKind.PROTOCOL: (Blame.OUTSIDE, "a proxy or a server in trouble answered"),
    ModelErrorKind.AUTHENTICATION: (Blame.SETTING, "the key"),
    ModelErrorKind.NOT_FOUND: (Blame.SETTING, "the model's name or the server's address"),
    ModelErrorKind.QUOTA: (Blame.SETTING, "the account has no money"),
    ModelErrorKind.BAD_REQUEST: (Blame.ARM, "the arm's options make requests that no server takes"),
    ModelErrorKind.CONTEXT_LENGTH: (Blame.ARM, "its memory shows more than fits"),
    ModelErrorKind.CONTENT_FILTER: (Blame.ARM, "what it asks is refused"),
    ModelErrorKind.NO_TOOLS: (Blame.ARM, "its wire sends tools to a model that takes none"),
    ModelErrorKind.BROKEN_CALL: (Blame.ARM, "its model writes calls that nobody can read, or without end"),
    ModelErrorKind.EMPTY: (Blame.ARM, "its model says nothing"),
}
"""For each kind of a model's error whose fault it is, and why."""
JUDGE = EvaluatorFailed.__name__
"""A judge that failed says nothing of what it was to judge."""
USER = "UserFailed"
"""Neither does the model that plays a task's user."""
ARCHIVE = "ArchiveFailed"
"""Nor the place where a memory keeps things."""


def find_blame(failed: Failed) -> Blame:
    """Whose fault a run's failure is."""
    if failed.error in (JUDGE, USER, ARCHIVE):
        return Blame.OUTSIDE
    kind = next((kind for kind in ModelErrorKind if kind == failed.kind), None)
    return Blame.ARM if kind is None else BLAMES[kind][0]


def tell(failed: Failed) -> str:
    """It in words: its kind and message, and before that whose it is, where that is neither the arm nor its model."""
    kinds = [failed.error, failed.kind] if failed.error in (JUDGE, USER, ARCHIVE) else [failed.kind or failed.error]
    return ": ".join([*filter(None, kinds), failed.message])


async def find_failure(store: Store, run_id: str) -> Failed:
    """Why a run has failed: where a run inside it did so with a model's error, that one's reason.

    Raises: StoreError.
    """
    head = (await store.get(run_id)).head
    outer, inner = Failed("", "nobody knows why"), None
    async with aclosing(store.read(run_id, max(0, head - TAIL_RECORDS))) as commits:
        async for commit in commits:
            for path, record in map(find_innermost, commit.records):
                if not isinstance(record, Failed):
                    continue
                if not path:
                    outer = record
                elif record.kind or record.error == JUDGE:
                    inner = record
    is_of_inner = inner is not None and not outer.kind and inner.message in outer.message
    return Failed(outer.error, outer.message, inner.kind) if inner is not None and is_of_inner and inner.kind else outer
