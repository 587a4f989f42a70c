"""From rows to findings: what an experiment's trials say, as data that a report only has to show."""
