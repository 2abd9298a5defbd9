"""Finished runs, comparisons and studies as pages: what the numbers say, with figures and tables."""
