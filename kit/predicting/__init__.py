"""Predicting new rows with a finished run: what each prediction rests on, its interval, tables of any length."""

from kit.predicting.predictor import Predicted, RunPredictor

__all__ = ["Predicted", "RunPredictor"]
