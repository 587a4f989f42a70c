"""A report: an analysis as one HTML page, as Markdown and as JSON, which all say the same."""

from agent_brain.lab.extras import DRAWS, check_extra

check_extra(DRAWS)  # once, here, so that each module may take it for granted
