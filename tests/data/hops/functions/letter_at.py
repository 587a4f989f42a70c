def letter_at(text: str, *, end: str = "first") -> list[str]:
    """The first or the last letter of a text."""
    letters = [letter for letter in text if letter.isalpha()]
    return [letters[0] if end == "first" else letters[-1]]
