def digit_sum(number: int) -> int:
    """The sum of the decimal digits of a number."""
    return sum(int(digit) for digit in str(abs(number)))
