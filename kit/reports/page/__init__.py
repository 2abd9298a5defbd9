"""A page of findings, each with a figure and tables: as one self-contained HTML file, or as JSON."""

from kit.reports.page.page import REPORT, Answer, Page, Section, render, write_page

__all__ = ["REPORT", "Answer", "Page", "Section", "render", "write_page"]
