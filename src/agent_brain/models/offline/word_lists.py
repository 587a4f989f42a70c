"""Lists of words by what they do in a question: those that hold it together, point back, or are no text."""

from agent_brain.models.offline.vocabulary import split_words

FUNCTION_NAMES = frozenset(
    split_words("""
    abs acos asin atan cbrt ceil cos exp factorial floor gcd lcm ln log log10 log2 max mean min round
    sin sqrt sum tan
    """)
)
LOOSE = frozenset({"+", "-", "*", "/", "//", "mod"})
GREEDY = frozenset(
    split_words("""
    add average bigger biggest deduct difference digit digits divide gcd greater greatest highest larger largest lcm
    least lesser lower lowest max maximum mean min minimum multiply product smaller smallest subtract sum take total
    """)
)
"""Heads of phrases that take all that follows them: a sum behind them belongs to their last number."""
ANGULAR = frozenset({"sin", "cos", "tan"})
"""Of a bare number, such as 90, it is unclear whether degrees or radians are meant."""
PRONOUNS = frozenset(
    {"it", "that", "this", "result", "answer", "number", "value", "outcome", "sum", "total", "product"}
)
POINTERS = frozenset({"that", "this", "last", "previous", "earlier", "same", "resulting", "your"})
NOUNS = frozenset(
    {"result", "answer", "number", "value", "date", "word", "text", "one", "day", "step", "weekday", "letter"}
)
NOT_TEXT = frozenset(
    split_words("""
    a add after an and answer are before between by convert count date days digits divide do does for
    from has have how in is it its letters many me much multiply name number of on or result reverse
    subtract sum tell that them then there this to vowels was weekday what when where which who whom why
    with words
    """)
)
ANNOUNCING = frozenset({"word", "words", "phrase", "name", "text", "string", "sentence"})
NAMES_OF_MORE = frozenset(
    split_words("""
    alphabet arabic danish dictionary dutch english finnish french german greek hawaiian hebrew italian latin morse
    polish portuguese russian sentence spanish swedish text turkish word words you your my our his her numbers
    everything nothing something text name
    """)
)
"""Words that name a text, or many letters, rather than being the text."""
UNIT_STOPS = frozenset(
    split_words("""
    a an that this them their
    after and are before between characters consonants date days_between digits does has have how is it
    its letter letters many number of or please result the them then there times vowels was weekday what
    which words
    """)
)
