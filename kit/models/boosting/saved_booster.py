"""Models that are one XGBoost booster, and its file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kit.errors import StateError
from kit.models.boosting.library_model import LibraryBoosting


class SavedBooster(LibraryBoosting):
    """Base of the models that fit one XGBoost booster.

    Attributes:
        booster_: The xgboost.Booster.
    """

    native_attributes = ("booster_",)
    libraries = ("xgboost", "xgboost-cpu")

    booster_: Any

    def save_native(self, directory: Path) -> None:
        """Write the booster in XGBoost's binary JSON."""
        # Python's own writing: XGBoost says nothing on a full disk.
        (directory / "booster.ubj").write_bytes(self.booster_.save_raw("ubj"))

    def load_native(self, directory: Path) -> None:
        """Read the booster that `save_native` wrote.

        Raises:
            StateError: The file is missing.
        """
        import xgboost

        path = directory / "booster.ubj"
        if not path.is_file():
            raise StateError(f"{path} is missing; the model cannot predict without its booster")
        self.booster_ = xgboost.Booster({"nthread": 1}, model_file=path)
