def code_point(character: str) -> dict[str, object]:
    """The Unicode code point of one character."""
    return {"result": [{"character": character, "code": ord(character)}]}
