"""A page of findings, each with a figure and tables: as one self-contained HTML file, or as JSON."""

from kit.reports.page.page import Page, Section, render

__all__ = ["Page", "Section", "render"]
