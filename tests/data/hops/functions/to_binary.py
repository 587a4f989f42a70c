def to_binary(number: int, width: int = 8) -> str:
    """A number in base two, padded with zeros."""
    return f"{number:0{width}b}"
