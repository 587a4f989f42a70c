"""Every error that the project raises, as one tree ordered by who can mend it and when.

BrainError
├── SetupError          the author, before a run
│   ├── UnknownName     a name that no table knows
│   └── NetError        a net that cannot run, with every fault found
├── RunError            in a run; the run ends with status `failed` and its env is kept
│   ├── IllegalMove     a state asked for a move that its net's table forbids
│   ├── TimeUp          the time limit, met where nothing is left to move to
│   ├── AnswerRefused   a guard let no answer pass
│   ├── StillWaiting    an answer was wanted of a run that waits for a person
│   ├── WrongAnswer     an answer that is no value of the brain's answer_type, and could not be mended
│   ├── EvaluatorFailed what was to judge an answer could not
│   ├── BudgetTooSmall  what a memory has to show in any case takes more tokens than there are
│   └── ModelError      the model's server; `kind` says what a caller can do
└── StoreError          the journal; what was acknowledged is kept, and the run can go on from there
    ├── RunUnknown      the store holds no such run
    ├── RunExists       it holds one of this name
    ├── RunBusy         another driver holds the run, or its status does not allow what was asked
    ├── RunKept         what was to be removed, or read, is needed elsewhere, or gone
    ├── Fenced          another driver has taken the run over: this one must stop
    ├── NetChanged      the run was begun with another net
    ├── StoreDown       the file or server cannot be used for now: locked, full, stopped
    └── StoreBroken     it cannot be used at all: corrupted, read-only, of a newer version
"""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

ANSWER_CHARACTERS_MAX = 2_000
"""How much of an answer an error shows."""


class BrainError(Exception):
    """The base of all errors of this package."""


class SetupError(BrainError):
    """Parts that do not fit together, found before a run starts."""


class UnknownName(SetupError):
    """A name that its table does not hold; the message lists the known ones."""

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        super().__init__(f"no {what} called {name!r}{nearest_hint(name, names)}; known: {', '.join(names) or 'none'}")
        self.name = name
        self.known = names


class NetError(SetupError):
    """A net that the checker refuses; `faults` holds one sentence for each reason."""

    def __init__(self, net: str, faults: Sequence[str]) -> None:
        super().__init__(f"net {net!r} cannot run: " + "; ".join(faults))
        self.faults = list(faults)


class RunError(BrainError):
    """What went wrong inside a run."""


class IllegalMove(RunError):
    """A move that the net's table forbids."""

    def __init__(self, net: str, source: str, target: str, allowed: Iterable[str]) -> None:
        targets = ", ".join(sorted(allowed)) or "nothing"
        super().__init__(f"net {net!r} forbids the move {source} -> {target}; from {source} it allows: {targets}")


class TimeUp(RunError):
    """The run's time was over where it could not move to its finishing state any more."""


class AnswerRefused(RunError):
    """A guard let no answer pass: it refused them all, or has failed; the message says which guard and why."""


class StillWaiting(RunError):
    """An answer was wanted of a run that waits for a person; `pauses` maps each pause's id to what it asks."""

    def __init__(self, run_id: str, pauses: Mapping[str, str]) -> None:
        asked = "; ".join(f"{pause_id}: {text}" for pause_id, text in pauses.items())
        super().__init__(f"run {run_id!r} waits for a person ({asked}); resume it with replies")
        self.run_id = run_id
        self.pauses = dict(pauses)


class WrongAnswer(RunError):
    """An answer that is no value of the type that was asked for; `text` holds all that the model has written last."""

    def __init__(self, wanted: str, text: str, reason: str) -> None:
        shown = text if len(text) <= ANSWER_CHARACTERS_MAX else f"{text[:ANSWER_CHARACTERS_MAX]}..."
        super().__init__(f"the answer is no {wanted}: {reason}\nThe answer was: {shown or '(nothing)'}")
        self.text = text
        self.reason = reason


class EvaluatorFailed(RunError):
    """What was to say whether an answer is good has failed: that says nothing of the answer."""

    def __init__(self, name: str, reason: str, spent: Sequence[tuple[str, Any]] = ()) -> None:
        super().__init__(f"the evaluator {name!r} has failed: {reason}")
        self.name = name
        self.spent = spent
        """What models were asked for it nevertheless, by name, and what they took."""


class BudgetTooSmall(RunError):
    """What a memory has to show in any case takes more tokens than there are for a prompt."""

    def __init__(self, needed: int, budget: int, least: Sequence[Any] = ()) -> None:
        super().__init__(
            f"what has to be shown in any case takes about {needed:,} tokens as counted here, which may be more than"
            f" its server counts, and there are {budget:,} of these for a prompt"
        )
        self.needed = needed
        self.budget = budget
        self.least = least
        """The items that have to be shown."""


class ModelErrorKind(StrEnum):
    """What a caller can do about a failed model call."""

    AUTHENTICATION = "authentication"
    """The key is missing, wrong or not allowed: change it."""
    NOT_FOUND = "not_found"
    """The server knows no such model or path: change the model name or the base URL."""
    BAD_REQUEST = "bad_request"
    """The server refuses the request as it stands: change it."""
    CONTEXT_LENGTH = "context_length"
    """The prompt does not fit the model's context: show it less."""
    CONTENT_FILTER = "content_filter"
    """The server's filter refused or stopped the reply."""
    QUOTA = "quota"
    """The account has no money or quota left: waiting does not help."""
    RATE_LIMIT = "rate_limit"
    """Too many requests: wait, or use another server."""
    SERVER = "server"
    """The server failed (5xx, or an error inside the stream): try again."""
    CONNECTION = "connection"
    """The server could not be reached, or the connection broke."""
    TIMEOUT = "timeout"
    """The server did not connect, answer or go on in time."""
    CUT = "cut"
    """The stream ended before the reply was whole."""
    PROTOCOL = "protocol"
    """The server's reply is no chat completion: a wrong URL, a proxy's page, broken JSON."""
    NO_TOOLS = "no_tools"
    """The server takes no tools, or not with this model, or not these: ask over text."""
    BROKEN_CALL = "broken_call"
    """A call of the model's that its server could not read, or calls without end: try again, then ask over text."""
    EMPTY = "empty"
    """A whole reply that says nothing where an answer was wanted."""


RETRYABLE = frozenset(
    {
        ModelErrorKind.RATE_LIMIT,
        ModelErrorKind.SERVER,
        ModelErrorKind.CONNECTION,
        ModelErrorKind.TIMEOUT,
        ModelErrorKind.CUT,
        ModelErrorKind.PROTOCOL,
        ModelErrorKind.BROKEN_CALL,
    }
)
"""Kinds for which the same request may work a moment later."""


@dataclass(frozen=True, slots=True)
class PromptSizes:
    """What a server says of sizes, in its tokens, where it refuses a prompt; None: it does not say."""

    window: int | None = None
    """Prompt and reply together."""
    prompt: int | None = None
    reply: int | None = None
    """What was asked for, or is kept back, for the reply."""


class ModelError(RunError):
    """A model call that failed, after the retries that its kind deserves."""

    def __init__(
        self,
        kind: ModelErrorKind,
        message: str,
        *,
        status: int | None = None,
        retry_after_seconds: float | None = None,
        retryable: bool | None = None,
        sizes: PromptSizes | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.sizes = sizes
        """Of the prompt and the window, where it did not fit."""
        self.status = status
        self.retry_after_seconds = retry_after_seconds
        self.retryable = kind in RETRYABLE if retryable is None else retryable


class StoreError(BrainError):
    """What went wrong with a journal; what was acknowledged before is kept."""


class RunUnknown(StoreError):
    """The store holds no run of this name."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"no run called {run_id!r} in this store")
        self.run_id = run_id


class RunExists(StoreError):
    """The store holds a run of this name already."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"there is a run called {run_id!r} already; resume it, or choose another name")
        self.run_id = run_id


class RunBusy(StoreError):
    """Another driver holds the run, or the run's status does not allow what was asked."""


class RunKept(StoreError):
    """Records that were to be removed are needed elsewhere, or records that were to be read are gone."""


class Fenced(StoreError):
    """Another driver has taken the run over: this one has written its last record."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"run {run_id!r} was taken over by another driver; this one stops")
        self.run_id = run_id


class NetChanged(StoreError):
    """The run was begun with a net that differs from this one; `changes` holds one sentence for each difference."""

    def __init__(self, run_id: str, changes: Sequence[str]) -> None:
        super().__init__(f"run {run_id!r} was begun with another net: " + "; ".join(changes))
        self.changes = list(changes)


class StoreDown(StoreError):
    """The store cannot be used for now: a locked file, a full disk, a stopped server."""


class StoreBroken(StoreError):
    """The store cannot be used at all: a corrupted or read-only file, a schema of a newer version."""


def nearest_hint(name: str, known: Sequence[str]) -> str:
    """`; did you mean 'x' or 'y'?` for names close to `name`, or an empty text."""
    close = difflib.get_close_matches(name.lower(), [k.lower() for k in known], n=3, cutoff=0.5)
    originals = [k for c in close for k in known if k.lower() == c]
    return f"; did you mean {' or '.join(map(repr, dict.fromkeys(originals)))}?" if originals else ""
