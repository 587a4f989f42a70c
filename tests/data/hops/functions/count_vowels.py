import sys


def count_vowels(text: str) -> dict[str, object]:
    """How many vowels a text has."""
    sys.stdout.write("counting\n")
    return {"text": text, "vowels": sum(letter in "aeiou" for letter in text.lower()), "note": None}
