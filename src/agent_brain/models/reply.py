"""The bytes of one HTTP reply as deltas, whatever shape they come in: a stream, a whole completion, or something else.

Knows no socket: the adapter feeds it, and tests feed it any bytes at all.
"""

from typing import Any

from agent_brain.core.chat import Delta
from agent_brain.core.errors import ModelErrorKind
from agent_brain.core.items import Details
from agent_brain.core.usage import Usage
from agent_brain.models.call_fragments import CallFragments, TooManyCalls
from agent_brain.models.chunk import find_choice, parse_json, read_delta, read_finish, read_usage
from agent_brain.models.model_errors import EXCERPT_CHARACTERS, Origin, excerpt
from agent_brain.models.profiles import ANY, Profile
from agent_brain.models.reasoning_fields import ReasoningFields
from agent_brain.models.sse import EVENT_BYTES_MAX, EventTooLong, SseDecoder

REPLY_BYTES_MAX = 256 * 2**20
"""A stream longer than this is not waited for; a chunk takes some hundred bytes for a word."""

WANTED = "wanted a stream of server-sent events (text/event-stream)"

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class StreamedReply:
    """Reads one reply; whole once a finish reason or the end mark was seen; errors after that do not count."""

    __slots__ = (
        "_bytes",
        "_calls",
        "_content_type",
        "_decoder",
        "_fields",
        "_head",
        "_json",
        "_maker",
        "_opening",
        "_origin",
        "_usage",
        "events",
        "finish",
        "is_done",
    )

    def __init__(self, origin: Origin, content_type: str = "", profile: Profile = ANY, maker: str = "") -> None:
        """`maker`: by what name the server's own details are told from another's."""
        self._origin = origin
        self._content_type = content_type
        self._decoder = SseDecoder()
        self._calls = CallFragments(profile.of_calls)
        self._fields = ReasoningFields(profile)
        self._maker = maker
        self._head: bytes | None = b""
        """The first bytes, until they tell what comes."""
        self._opening = b""
        """What came before the first event, to show it in an error."""
        self._json: bytearray | None = None
        self._bytes = 0
        self._usage: Usage | None = None
        self.events = 0
        """Data events so far; comments are none."""
        self.finish: str | None = None
        self.is_done = False
        """The end mark was seen."""

    @property
    def is_whole(self) -> bool:
        """Nothing that matters is missing."""
        return self.is_done or self.finish is not None

    @property
    def has_usage(self) -> bool:
        """The server has said what the call took."""
        return self._usage is not None

    def feed(self, piece: bytes) -> list[Delta]:
        """What these bytes add.

        Raises: ModelError.
        """
        self._bytes += len(piece)
        if self._bytes > REPLY_BYTES_MAX:
            raise self._too_long(f"a reply of more than {REPLY_BYTES_MAX} bytes")
        if self._head is not None:
            piece = self._sniff(piece)
        if self._json is not None:
            self._collect(piece)
            return []
        if not self.events and len(self._opening) < EXCERPT_CHARACTERS:
            self._opening += piece[:EXCERPT_CHARACTERS]
        try:
            return self._read_events(self._decoder.feed(piece))
        except (EventTooLong, TooManyCalls) as error:
            raise self._refuse_size(error) from None

    def close(self) -> list[Delta]:
        """What the end of the bytes adds: last what is wanted back, and the usage.

        Raises: ModelError where the reply is not whole.
        """
        deltas = self._flush()
        if not self.is_whole:
            raise self._cut("the stream ended without a finish reason and without [DONE]")
        details = self._gather_details()
        return [*deltas, Delta(usage=self._usage, details=details)] if self._usage or details else deltas

    def _gather_details(self) -> Details | None:
        fields, calls = self._fields.kept, self._calls.kept
        if not fields and not calls:
            return None
        return {"by": self._maker} | ({"fields": fields} if fields else {}) | ({"calls": calls} if calls else {})

    def _sniff(self, piece: bytes) -> bytes:
        head = (self._head or b"") + piece
        if len(head) < len(_BYTE_ORDER_MARK) and _BYTE_ORDER_MARK.startswith(head):
            self._head = head
            return b""
        text = head.removeprefix(_BYTE_ORDER_MARK).lstrip()
        self._head = None if text else b" "
        if text.startswith(b"<"):
            raise self._origin.make_error(ModelErrorKind.PROTOCOL, f"{WANTED}, found {self._describe(text)}")
        if text.startswith((b"{", b"[")):
            self._json = bytearray()
        return text

    def _collect(self, piece: bytes) -> None:
        assert self._json is not None
        self._json += piece
        if len(self._json) > EVENT_BYTES_MAX:
            raise self._too_long(f"a JSON body of more than {EVENT_BYTES_MAX} bytes")

    def _flush(self) -> list[Delta]:
        try:
            if self._json is not None:
                return self._read_whole(bytes(self._json))
            deltas = self._read_events(self._decoder.close(), is_last=True)
        except (EventTooLong, TooManyCalls) as error:
            raise self._refuse_size(error) from None
        if self.events == 0 and "event-stream" not in self._content_type:
            raise self._origin.make_error(ModelErrorKind.PROTOCOL, f"{WANTED}, found {self._describe(self._opening)}")
        return deltas

    def _read_events(self, events: list[tuple[bytes, bytes]], *, is_last: bool = False) -> list[Delta]:
        deltas: list[Delta] = []
        for name, data in events:
            self.events += 1
            if data.startswith(b"[DONE]"):
                self.is_done = True
                continue
            try:
                chunk = parse_json(data)
            except ValueError as error:
                self._refuse_data(data, f"is no JSON ({error})", is_last=is_last)
                continue
            if not isinstance(chunk, dict):
                self._refuse_data(data, "is no JSON object")
            elif (delta := self._read_chunk(name, chunk)) is not None:
                deltas.append(delta)
        return deltas

    def _refuse_data(self, data: bytes, wrong: str, *, is_last: bool = False) -> None:
        """Raises: ModelError unless the reply is whole already."""
        if self.is_whole:
            return
        if is_last:
            raise self._cut("the stream ended inside a chunk")
        raise self._origin.make_error(ModelErrorKind.PROTOCOL, f"a chunk {wrong}: {excerpt(data)}")

    def _read_chunk(self, name: bytes, chunk: dict[str, Any]) -> Delta | None:
        """What a chunk adds. Raises: ModelError where it is an error; TooManyCalls."""
        usage = chunk.get("usage")
        if usage:
            self._usage = read_usage(usage) or self._usage
        choice = find_choice(chunk)
        if (chunk.get("error") or name == b"error") and not self.is_whole:
            raise self._origin.read_body(chunk)
        if choice is None:
            return None
        finish = None
        if choice.get("finish_reason") and self.finish is None:
            finish = read_finish(choice)
            self._refuse(finish, choice.get("error") or {"message": "the server ended the reply with an error"})
            self.finish = finish
        said = choice.get("delta")
        is_text = isinstance(said, dict) and len(said) == 1 and "content" in said  # which nearly all deltas are
        calls = self._calls.read(said) if isinstance(said, dict) and not is_text else ()
        return read_delta(said, finish, calls, self._fields)

    def _read_whole(self, body: bytes) -> list[Delta]:
        try:
            completion = parse_json(body)
        except ValueError as error:
            if "EOF" in str(error):
                raise self._cut("a JSON body ends in the middle") from None
            raise self._origin.make_error(ModelErrorKind.PROTOCOL, f"{WANTED}, found {self._describe(body)}") from None
        choice = find_choice(completion) if isinstance(completion, dict) else None
        if choice is None:
            raise self._read_fault(completion, body)
        self._usage = read_usage(completion.get("usage"))
        self.finish = read_finish(choice) or "stop"
        self._refuse(self.finish, choice.get("error") or completion)
        said = choice.get("message")
        calls = self._calls.read(said, is_whole=True) if isinstance(said, dict) else ()
        delta = read_delta(said, self.finish, calls, self._fields)
        return [delta] if delta else []

    def _refuse(self, finish: str | None, error: Any) -> None:
        """Let a finish reason pass unless it says that the rest of the reply was kept back."""
        if finish == "error":
            raise self._origin.read_body(error)
        if finish == "content_filter":
            words = "the server's filter stopped the reply (finish reason content_filter)"
            raise self._origin.make_error(ModelErrorKind.CONTENT_FILTER, words)

    def _read_fault(self, completion: Any, body: bytes) -> Exception:
        first = completion[0] if isinstance(completion, list) and completion else completion
        if isinstance(first, dict) and (first.get("error") or first.get("detail")):
            return self._origin.read_body(first)
        return self._origin.make_error(ModelErrorKind.PROTOCOL, f"{WANTED}, found {self._describe(body)}")

    def _cut(self, words: str) -> Exception:
        return self._origin.make_error(ModelErrorKind.CUT, f"{words} after {self._bytes} bytes")

    def _refuse_size(self, error: EventTooLong | TooManyCalls) -> Exception:
        """Calls without end are the model's own; anything else without an end may be whatever a server has sent."""
        if isinstance(error, TooManyCalls):
            return self._origin.make_error(ModelErrorKind.BROKEN_CALL, str(error), retryable=False)
        return self._too_long(str(error))

    def _too_long(self, words: str) -> Exception:
        return self._origin.make_error(ModelErrorKind.PROTOCOL, words, retryable=False)

    def _describe(self, found: bytes) -> str:
        return f"{self._name_type()}: {excerpt(found)!r}" if found else f"an empty body ({self._name_type()})"

    def _name_type(self) -> str:
        return self._content_type or "no content type"
