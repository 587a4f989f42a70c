"""The sections of a report, each from an analysis to blocks."""
