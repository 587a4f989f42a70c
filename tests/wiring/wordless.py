"""A net whose file of words was forgotten."""

from agent_brain import Net
from agent_brain.nets.react import react
from agent_brain.nets.words import Words, load_words


def make_careful(words: Words) -> Net:
    return react


careful = make_careful(load_words("wordless"))
