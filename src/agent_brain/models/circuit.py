"""A circuit for each server: one that fails again and again is left alone for a while, by all who would ask it.

Pure bookkeeping with a clock: no task runs behind it, and what it knows is a few numbers a server.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from agent_brain.core.errors import ModelError, ModelErrorKind, SetupError
from agent_brain.models.served import find_host

COUNTED = frozenset({ModelErrorKind.SERVER, ModelErrorKind.CONNECTION, ModelErrorKind.TIMEOUT})
"""Failures that say something of the server itself."""
UNDECIDED = frozenset({ModelErrorKind.CUT, ModelErrorKind.PROTOCOL})
"""Half a reply, or a proxy's page, shows neither that the server works nor that it does not."""
SERVERS_MAX = 1000
"""Circuits that a process keeps; the one made first goes first."""


class Circuit:
    """Opens when a server has failed so often in a row; after a time one call tries whether it works again.

    Any other answer of the server closes it, a refusal too: whoever refuses is there. Shared by threads.
    Raises: SetupError for bounds that make no sense.
    """

    def __init__(
        self,
        server: str,
        *,
        failures_max: int = 5,
        open_seconds: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if failures_max < 1 or not open_seconds >= 0:
            raise SetupError(
                f"a circuit has failures_max {failures_max!r} and open_seconds {open_seconds!r}; wanted at least 1 "
                "failure and at least 0 seconds"
            )
        self.host = find_host(server) or server
        self._failures_max = failures_max
        self._open_seconds = open_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._failed_at = 0.0
        self._kind = ModelErrorKind.SERVER
        self._words = ""
        """Of the last failure; the error itself would keep its call alive."""
        self._is_tried = False
        """A call is under way that tries whether the server works again."""

    @property
    def is_open(self) -> bool:
        """True while calls are refused, but for the one that tries."""
        return self._failures >= self._failures_max

    @contextmanager
    def guard(self, model: str) -> Iterator[None]:
        """Let one call through and learn from how it ends. Raises: ModelError where the circuit is open."""
        is_trial = self._enter(model)
        try:
            yield
        except ModelError as error:
            self._note(error)
            raise
        else:
            self._failures = 0
        finally:  # a call that was left or cancelled has shown nothing
            if is_trial:
                self._is_tried = False

    def _enter(self, model: str) -> bool:
        with self._lock:
            if not self.is_open:
                return False
            left = self._failed_at + self._open_seconds - self._clock()
            if left > 0 or self._is_tried:
                raise self._refuse(model, left)
            self._is_tried = True
            return True

    def _note(self, error: ModelError) -> None:
        if error.kind in UNDECIDED:
            return
        with self._lock:
            if error.kind in COUNTED:
                self._failures += 1
                self._failed_at, self._kind, self._words = self._clock(), error.kind, str(error)
            else:
                self._failures = 0

    def _refuse(self, model: str, left: float) -> ModelError:
        when = f"it is tried again in {left:.1f} s" if left > 0 else "another call is trying it"
        words = f"not asked: its server has failed {self._failures} times in a row, {when}; at last: {self._words}"
        return ModelError(self._kind, f"model {model!r} at {self.host}: {words}", retryable=False)


class Circuits:
    """The circuits of one process, by the base URLs of their servers; all are made with the same bounds."""

    def __init__(
        self, *, failures_max: int = 5, open_seconds: float = 30.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._failures_max = failures_max
        self._open_seconds = open_seconds
        self._clock = clock
        self._circuits: dict[str, Circuit] = {}
        self._lock = threading.Lock()

    def get(self, server: str) -> Circuit:
        """The circuit of this server: the same one for all its models."""
        key = server.rstrip("/")
        with self._lock:
            if key not in self._circuits:
                if len(self._circuits) >= SERVERS_MAX:
                    del self._circuits[next(iter(self._circuits))]
                self._circuits[key] = Circuit(
                    server, failures_max=self._failures_max, open_seconds=self._open_seconds, clock=self._clock
                )
            return self._circuits[key]


SHARED = Circuits()
"""Those of models that are given by name where another model stands by."""
