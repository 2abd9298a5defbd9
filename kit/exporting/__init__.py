"""Finished runs in the forms of the field: a slim bundle, Kaggle's winning solution, AnnData, a long table."""

from kit.exporting.export import FORMS, export

__all__ = ["FORMS", "export"]
