def catalogue_lookup(title: str, field: str) -> object:
    """One field of a book in the catalogue of a small library."""
    books: dict[str, dict[str, object]] = {
        "Bridges and Arches": {"pages": 412, "printed": 1987, "shelf": "C4"},
        "A Guide to Lichens": {"pages": 268, "printed": 2003, "shelf": "E1"},
        "Tides": {"pages": 96, "printed": 1969, "shelf": "G3"},
        "Knots": {"pages": 144, "printed": 1974, "shelf": "G1"},
    }
    if title not in books:
        return {"error": f"no book called {title!r}"}
    if field not in books[title]:
        return {"error": f"no field {field!r}; known: {', '.join(books[title])}"}
    return {field: books[title][field]}


print(catalogue_lookup("Tides", "shelf"))
