def convert_length(value: float, source: str, target: str) -> float:
    """A length in another unit."""
    metres = {"m": 1.0, "km": 1000.0, "mile": 1609.344, "foot": 0.3048}
    return round(value * metres[source] / metres[target], 6)
