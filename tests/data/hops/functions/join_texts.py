def join_texts(texts: list[str], separator: str = "") -> dict[str, str]:
    """Texts one after the other."""
    return {"joined": separator.join(texts)}
