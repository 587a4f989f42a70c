"""A page as its parts, and whether it is put together as HTML wants it."""

from html.parser import HTMLParser

VOID = frozenset({"meta", "br", "hr", "img", "link", "input"})
Attributes = list[tuple[str, str | None]]


class Page(HTMLParser):
    """All tags and words of a page; `faults` holds what is closed wrongly, or has an id twice."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: dict[str, list[str]] = {}
        self.faults: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        self.faults += [f"{tag} is never closed" for tag in self._open]
        ids = [attributes["id"] for _, attributes in self.tags if "id" in attributes]
        self.faults += [f"id {each} is there twice" for each in set(ids) if ids.count(each) > 1]
        self.ids = frozenset(ids)

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Attributes) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1] != tag:
            self.faults.append(f"{tag} is closed inside {self._open[-1:]}")
            return
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for tag in self._open:
            self.words.setdefault(tag, []).append(data)

    def find(self, tag: str) -> list[dict[str, str]]:
        """The attributes of all tags of this name."""
        return [attributes for name, attributes in self.tags if name == tag]

    def text(self, tag: str = "body") -> str:
        """All words inside tags of this name."""
        return " ".join("".join(self.words.get(tag, [])).split())
