def reverse_text(text: str) -> str:
    """A text written backwards."""
    return text[::-1]
