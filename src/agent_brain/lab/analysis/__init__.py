"""From rows to findings: what an experiment's trials say, as data that a report only has to show."""

from agent_brain.lab.extras import check_extra

check_extra()  # once, here, so that each module may take numpy, scipy and pyarrow for granted
