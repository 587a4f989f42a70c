"""Server-sent events out of bytes: lean, indifferent to how the bytes are split, and bounded."""

EVENT_BYTES_MAX = 16 * 2**20
"""A line longer than this is no chunk of a chat completion."""

ServerEvent = tuple[bytes, bytes]
"""An event's name (mostly empty) and its data."""


class EventTooLong(ValueError):
    """A line that passes EVENT_BYTES_MAX."""


class SseDecoder:
    """Gives the events that the bytes complete; comments, ids and unknown fields are passed over.

    Beyond the standard it takes what servers send in place of an event: a bare line of JSON, and `error: {...}`.
    """

    __slots__ = ("_after_return", "_data", "_held", "_held_bytes", "_name")

    def __init__(self) -> None:
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._after_return = False
        self._name = b""
        self._data: list[bytes] = []

    def feed(self, piece: bytes) -> list[ServerEvent]:
        """The events that end in this piece.

        Raises: EventTooLong.
        """
        if self._is_plain(piece):
            return [(b"", piece[6:-2])]
        if self._after_return and piece:
            piece = piece.removeprefix(b"\n")
            self._after_return = False
        if not piece:
            return []
        self._after_return = piece.endswith(b"\r")
        if self._held_bytes + len(piece) > EVENT_BYTES_MAX:
            raise EventTooLong(f"a line of more than {EVENT_BYTES_MAX} bytes")
        lines = piece.splitlines()
        if self._held and (len(lines) > 1 or piece.endswith((b"\n", b"\r"))):
            lines[0] = b"".join([*self._held, lines[0]])
            self._held.clear()
            self._held_bytes = 0
        if not piece.endswith((b"\n", b"\r")):
            self._hold(lines.pop())
        return self._read(lines)

    def close(self) -> list[ServerEvent]:
        """The event that the end of the bytes leaves open, if its last line says something."""
        if self._held:
            return self.feed(b"\n\n")
        return self._read([b""])

    def _is_plain(self, piece: bytes) -> bool:
        """One whole event of one line and nothing else, which most pieces are."""
        return (
            piece.startswith(b"data: ")
            and piece.find(b"\n") == len(piece) - 2
            and piece.endswith(b"\n\n")
            and b"\r" not in piece
            and not (self._held or self._data or self._name or self._after_return)
            and len(piece) <= EVENT_BYTES_MAX
        )

    def _hold(self, part: bytes) -> None:
        self._held.append(part)
        self._held_bytes += len(part)

    def _read(self, lines: list[bytes]) -> list[ServerEvent]:
        events: list[ServerEvent] = []
        for line in lines:
            if line.startswith(b"data:"):
                self._data.append(line[6:] if line.startswith(b" ", 5) else line[5:])
            elif not line:
                if self._data:
                    events.append((self._name, b"\n".join(self._data)))
                    self._data = []
                self._name = b""
            elif line.startswith(b"event:"):
                self._name = line[6:].strip()
            elif line.startswith(b"{"):
                events.append((b"", line))
            elif line.startswith(b"error:"):
                events.append((b"error", line[6:].strip()))
        return events
