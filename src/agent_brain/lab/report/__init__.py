"""A report: an analysis as one HTML page, as Markdown and as JSON, which all say the same."""
