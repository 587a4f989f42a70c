"""Numbers of things, in words for people."""


def count(number: int, noun: str) -> str:
    """A number of things: `1 step`, `2 steps`, `3 replies`."""
    if number == 1:
        return f"1 {noun}"
    if noun.endswith(("ch", "s", "x")):
        return f"{number:,} {noun}es"
    is_y = noun.endswith("y") and noun[-2:-1] not in "aeiou"
    return f"{number:,} {noun[:-1]}ies" if is_y else f"{number:,} {noun}s"
