"""Phrases of arithmetic, loosest binding first."""

from agent_brain.models.offline.plan import Node, Operation, Several, call, is_conversion, operation
from agent_brain.models.offline.row import Found, Row

_WORDS = {"minus": "-"}


def _infix(found: Found) -> Node:
    return _combine(found.word, found["a"], found["b"])


def _on_previous(found: Found) -> Node:
    return _combine(found.word, found.previous, found["b"])


def _combine(word: str, a: Node, b: Node) -> Node:
    """`80 - 10%` is ten percent off; after a sum, as in `1 + 80 - 10%`, the calculator says that it is unclear.

    Raises: LookupError for `10 + 5 km in miles`, where it is unclear what is converted.
    """
    sign = _WORDS.get(word, word)
    if is_conversion(b):
        raise LookupError
    is_share = _is_percentage(b) and not _is_percentage(a)
    if sign in ("+", "-") and is_share and not (isinstance(a, Operation) and a.sign in ("+", "-")):
        return _change(a, sign, b)
    return operation(sign, a, b)


def _change(whole: Node, sign: str, share: Node) -> Node:
    """The whole, more or less so many percent of it."""
    percent = share.parts[0] if isinstance(share, Operation) and share.sign == "%" else share
    return operation("/", operation("*", whole, operation(sign, 100, percent)), 100)


def _is_percentage(node: Node) -> bool:
    return isinstance(node, Operation) and node.sign == "%"


def _power(base: Node, exponent: int) -> Node:
    """`10 cm in inches squared` may be a length squared, or an area. Raises: LookupError."""
    if is_conversion(base):
        raise LookupError
    return operation("**", base, exponent)


def _negate_first(found: Found) -> Node:
    """`minus 5` after an earlier value takes 5 from it. Raises: LookupError."""
    if found.earlier:
        raise LookupError
    return _negate(found)


def _negate(found: Found) -> Node:
    """`-40 °F in °C` converts a negative value, it does not negate a converted one. Raises: LookupError."""
    if is_conversion(found["a"]):
        raise LookupError
    return operation("-", found["a"])


def _both(found: Found) -> Several:
    if len(found.earlier) < 2:
        raise LookupError
    return Several(found.earlier[-2:])


INFIX = (
    Row(
        "n",
        ("{a:n} [,] rounded to {b:n} [decimal] [decimals|places|digits]",),
        lambda f: operation("round", f["a"], f["b"]),
    ),
    Row("n", ("{a:n} [,] rounded",), lambda f: operation("round", f["a"])),
    Row("n", ("{a:n} <+|-|minus> {b:n}",), _infix, rightmost=True),
    Row("n", ("{a:n} <*|/|//|mod> {b:n}",), _infix, rightmost=True),
    Row("n", ("{a:n} x {b:n}",), lambda f: operation("*", f["a"], f["b"]), rightmost=True),
    Row("n", ("{a:n} % {b:n}",), lambda f: operation("mod", f["a"], f["b"]), rightmost=True),
    Row("n", ("- {a:n}",), _negate),
    Row("n", ("minus {a:n}",), _negate_first),
    Row("n", ("\u221a {a:n}",), lambda f: operation("sqrt", f["a"])),
    Row("n", ("\u221b {a:n}",), lambda f: operation("cbrt", f["a"])),
)

FUNCTIONS = (
    Row("n", ("{p:n} % of {b:n}",), lambda f: operation("*", operation("%", f["p"]), f["b"])),
    Row(
        "n",
        ("{p:n} % off {b:n}", "(decrease|reduce|lower) {b:n} by {p:n} %", "{b:n} (decreased|reduced) by {p:n} %"),
        lambda f: _change(f["b"], "-", f["p"]),
    ),
    Row(
        "n",
        ("(increase|raise) {b:n} by {p:n} %", "{b:n} increased by {p:n} %"),
        lambda f: _change(f["b"], "+", f["p"]),
    ),
    Row(
        "n",
        (
            "sum (of|up) [all] [both|them|two] [of] [them|results|numbers]",
            "add (them|both) [up] [together] [results]",
            "add [up] [two|both] results [together]",
            "add together (them|both)",
        ),
        lambda f: operation("+", _both(f)),
    ),
    Row(
        "n",
        (
            "multiply (them|both) [together] [results]",
            "multiply two results",
            "product of [two|both] (them|both|results)",
        ),
        lambda f: operation("*", _both(f)),
    ),
    Row(
        "n",
        ("difference between (them|both|results)", "difference between two results", "their difference"),
        lambda f: operation("abs", operation("-", *_both(f).parts)),
    ),
    Row("n", ("their sum",), lambda f: operation("+", _both(f))),
    Row("n", ("their product",), lambda f: operation("*", _both(f))),
    Row("n", ("their average", "average of (them|both)"), lambda f: operation("mean", _both(f))),
    Row(
        "n",
        (
            "(sum|total) of digits (of|in) {a:w}",
            "(sum|add) [up|together] [all] digits (of|in) {a:w}",
            "digit sum of {a:w}",
            "sum of {a:w} 's digits",
        ),
        lambda f: call("sum_digits", number=f["a"]),
        "sum_digits",
    ),
    Row(
        "n",
        ("sum of its digits", "(sum|add) [up] its digits", "its digit sum", "digit sum"),
        lambda f: call("sum_digits", number=f.previous),
        "sum_digits",
    ),
    Row("n", ("square root of {a:n}", "root of {a:n}"), lambda f: operation("sqrt", f["a"])),
    Row("n", ("cube root of {a:n}",), lambda f: operation("cbrt", f["a"])),
    Row("n", ("[its] square root",), lambda f: operation("sqrt", f.previous)),
    Row("n", ("square of {a:n}", "square {a:n}", "{a:s} squared"), lambda f: _power(f["a"], 2)),
    Row("n", ("its square",), lambda f: operation("**", f.previous, 2)),
    Row("n", ("cube of {a:n}", "cube {a:n}", "{a:s} cubed"), lambda f: _power(f["a"], 3)),
    Row("n", ("factorial of {a:n}", "{a:s} factorial", "{a:s} !"), lambda f: operation("factorial", f["a"])),
    Row(
        "n",
        ("(absolute|abs) value of {a:n}", "absolute value of difference between {a:n} and {b:n}"),
        lambda f: operation("abs", f["a"]),
    ),
    Row(
        "n",
        (
            "(gcd|gcf|hcf) of {a:l}",
            "greatest common (divisor|factor|denominator) of {a:l}",
            "highest common factor of {a:l}",
        ),
        lambda f: operation("gcd", f["a"]),
    ),
    Row("n", ("lcm of {a:l}", "(least|lowest|smallest) common multiple of {a:l}"), lambda f: operation("lcm", f["a"])),
    Row(
        "n",
        (
            "(larger|greater|bigger|maximum|max|largest|greatest|biggest) [one|number] (of|between|among) {a:l}",
            "which [one] [number] is (larger|greater|bigger|largest|biggest|highest|higher|more) [,|:] {a:l}",
        ),
        lambda f: operation("max", f["a"]),
    ),
    Row(
        "n",
        (
            "(smaller|lesser|minimum|min|smallest|least|lowest|lower) [one|number] (of|between|among) {a:l}",
            "which [one] [number] is (smaller|smallest|lower|lowest|less) [,|:] {a:l}",
        ),
        lambda f: operation("min", f["a"]),
    ),
    Row("n", ("(average|mean) of {a:l}",), lambda f: operation("mean", f["a"])),
    Row(
        "n",
        ("sum of {a:l}", "sum {a:l}", "add [up] {a:l}", "add together {a:l}", "total of {a:l}"),
        lambda f: operation("+", f["a"]),
    ),
    Row("n", ("product of {a:l}", "multiply {a:l}"), lambda f: operation("*", f["a"])),
    Row("n", ("difference (between|of) {a:n} and {b:n}",), lambda f: operation("abs", operation("-", f["a"], f["b"]))),
    Row(
        "n",
        ("quotient of {a:n} and {b:n}", "ratio (of|between) {a:n} (and|to) {b:n}"),
        lambda f: operation("/", f["a"], f["b"]),
    ),
    Row(
        "n",
        ("remainder (of|when) {a:n} [is] / {b:n}", "remainder (of|when) dividing {a:n} by {b:n}", "{a:n} mod {b:n}"),
        lambda f: operation("mod", f["a"], f["b"]),
    ),
    Row("n", ("half [of] {a:n}", "halve {a:n}", "{a:s} halved"), lambda f: operation("/", f["a"], 2)),
    Row("n", ("[a|one] third of {a:n}",), lambda f: operation("/", f["a"], 3)),
    Row("n", ("[a|one] quarter of {a:n}",), lambda f: operation("/", f["a"], 4)),
    Row("n", ("twice {a:n}", "double [of] {a:n}", "{a:s} doubled"), lambda f: operation("*", f["a"], 2)),
    Row("n", ("triple {a:n}", "{a:s} tripled"), lambda f: operation("*", f["a"], 3)),
    Row(
        "n",
        ("round {a:n} to {b:n} [decimal] [decimals|places|digits]",),
        lambda f: operation("round", f["a"], f["b"]),
    ),
    Row(
        "n",
        ("round {a:n} [to] [nearest] [whole|integer] [number]",),
        lambda f: operation("round", f["a"]),
    ),
    Row(
        "n",
        ("(round|rounded) to {b:n} [decimal] [decimals|places|digits]",),
        lambda f: operation("round", f.previous, f["b"]),
    ),
    Row("n", ("add {a:n} to {b:n}", "add {b:n} (and|with) {a:n}"), lambda f: _combine("+", f["b"], f["a"])),
    Row(
        "n",
        ("(subtract|take|deduct) {a:n} from {b:n}", "take away {a:n} from {b:n}"),
        lambda f: _combine("-", f["b"], f["a"]),
    ),
    Row("n", ("multiply {a:n} (by|with|and) {b:n}",), lambda f: operation("*", f["a"], f["b"])),
    Row("n", ("divide {a:n} by {b:n}",), lambda f: operation("/", f["a"], f["b"])),
    Row("n", ("raise {a:n} (**|to) {b:n}",), lambda f: operation("**", f["a"], f["b"])),
    Row("n", ("{a:n} ** {b:n} [power]", "{a:n} ** {b:o} [power]"), lambda f: operation("**", f["a"], f["b"])),
)

CONTINUATIONS = (
    Row("c", ("<+|-|minus|*|/|**|mod> {b:n}",), _on_previous),
    Row("c", ("(add|increase) [by] {b:n}",), lambda f: _combine("+", f.previous, f["b"])),
    Row("c", ("(subtract|deduct|decrease) [by] {b:n}", "take away {b:n}"), lambda f: _combine("-", f.previous, f["b"])),
    Row("c", ("multiply by {b:n}",), lambda f: operation("*", f.previous, f["b"])),
    Row("c", ("divide by {b:n}",), lambda f: operation("/", f.previous, f["b"])),
    Row("c", ("{p:n} % of (it|that|result)",), lambda f: operation("*", operation("%", f["p"]), f.previous)),
    Row("c", ("square",), lambda f: operation("**", f.previous, 2)),
    Row("c", ("double", "doubled"), lambda f: operation("*", f.previous, 2)),
    Row("c", ("halve", "halved"), lambda f: operation("/", f.previous, 2)),
)
