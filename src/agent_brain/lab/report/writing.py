"""Writes a report: an analysis as a document, and that as a page, as Markdown and as JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent_brain.lab.analysis.analysis import Analysis
from agent_brain.lab.report.document import Block, Document
from agent_brain.lab.report.html import write_html
from agent_brain.lab.report.markdown import write_markdown
from agent_brain.lab.report.readings import Reading
from agent_brain.lab.report.sections.arms import write_costs, write_curves, write_scores
from agent_brain.lab.report.sections.effects import write_effects
from agent_brain.lab.report.sections.endings import write_endings
from agent_brain.lab.report.sections.grids import write_grids
from agent_brain.lab.report.sections.making import write_design, write_methods, write_reproduction, write_selection
from agent_brain.lab.report.sections.paid import write_paid
from agent_brain.lab.report.sections.tasks import write_tasks
from agent_brain.lab.report.sections.verdicts import write_cautions, write_summary, write_verdicts


@dataclass(frozen=True, slots=True)
class Report:
    """One analysis in three forms that say the same."""

    analysis: Analysis
    document: Document

    def html(self) -> str:
        """One file that needs nothing else."""
        return write_html(self.document)

    def markdown(self) -> str:
        """The same words and tables."""
        return write_markdown(self.document)

    def json(self) -> str:
        """The same figures, as they were computed."""
        return json.dumps(self.analysis.data(), ensure_ascii=False, indent=1, default=str, allow_nan=False) + "\n"


def write_report(
    analysis: Analysis,
    readings: Sequence[Reading] = (),
    files: Mapping[str, str] | None = None,
    *,
    stores: Mapping[str, str] | None = None,
    foreword: Sequence[Block] = (),
) -> Report:
    """The report of an analysis, with runs to read, and the digests of the files that it was made of.

    `stores`: where the runs of each arm are, if not beside the report; `foreword`: what stands before all else.
    """
    blocks = (
        *foreword,
        *write_verdicts(analysis),
        *write_cautions(analysis),
        *write_effects(analysis),
        *write_costs(analysis),
        *write_paid(analysis),
        *write_curves(analysis),
        *write_grids(analysis),
        *write_scores(analysis),
        *write_endings(analysis),
        *write_selection(analysis),
        *write_tasks(analysis, readings, stores or {}),
        *write_design(analysis),
        *write_reproduction(analysis, dict(files or {})),
        *write_methods(),
    )
    return Report(analysis, Document(analysis.design.name, write_summary(analysis), blocks))
