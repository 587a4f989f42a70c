def word_in(word: str, language: str) -> str:
    """A word in another language, in a sentence."""
    words = {("water", "Japanese"): "水", ("tree", "Japanese"): "木", ("water", "Portuguese"): "água"}
    return f"In {language} the word for {word} is {words[word, language]}."
