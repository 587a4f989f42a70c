def arithmetic(operation: str, operands: list[float]) -> str:
    """Add, subtract or multiply numbers in order."""
    result = operands[0]
    for operand in operands[1:]:
        if operation == "add":
            result += operand
        elif operation == "subtract":
            result -= operand
        elif operation == "multiply":
            result *= operand
        else:
            raise ValueError(f"no operation {operation!r}")
    return f"{result:.2f}"
