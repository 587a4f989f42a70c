"""Writes many small pieces of JSON: json makes a new encoder for each of them, which takes longer than writing it."""

import json
from collections.abc import Callable
from typing import Any

Default = Callable[[Any], Any]
"""Gives something that JSON can say in place of what it cannot."""


def make_writer(
    *, ensure_ascii: bool = True, sort_keys: bool = False, allow_nan: bool = True, default: Default | None = None
) -> Callable[[Any], str]:
    """A function that writes as `json.dumps` does with these options, but looks for no circles.

    It raises what that raises. Where Python has no encoder in C, it is json's own.
    """
    own = json.JSONEncoder(ensure_ascii=ensure_ascii, sort_keys=sort_keys, allow_nan=allow_nan, default=default)
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return own.encode
    quote = json.encoder.encode_basestring_ascii if ensure_ascii else json.encoder.encode_basestring
    write = make(None, own.default, quote, None, ": ", ", ", sort_keys, False, allow_nan)
    return lambda value: "".join(write(value, 0))
