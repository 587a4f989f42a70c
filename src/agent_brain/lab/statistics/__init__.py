"""Numbers in, numbers out: intervals, tests, sizes and verdicts over arrays; nothing here knows of tasks or trials."""

from agent_brain.core.errors import SetupError

try:
    import numpy as _numpy  # noqa: F401 - asked for once, here, so that each module may take it for granted
    import scipy as _scipy  # noqa: F401
except ImportError:
    raise SetupError('the lab\'s statistics need numpy and scipy: pip install "agent-brain[lab]"') from None
