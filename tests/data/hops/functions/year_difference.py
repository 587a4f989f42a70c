def year_difference(first: int, second: int) -> int:
    """The first year minus the second one."""
    return first - second
