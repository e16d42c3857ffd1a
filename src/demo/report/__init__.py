"""A study as pages for a browser: one with every data set, and one for each; they work from a disk, without network."""

from demo.report.write import write_report

__all__ = ["write_report"]
