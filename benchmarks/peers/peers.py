"""The peers: what each is, what it installs, and the script that a user would write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

SCRIPTS = Path(__file__).parent / "scripts"
CLOCK = Path(__file__).parent / "cpu_clock.py"

_TABULAR = ("pandas==2.3.3", "pyarrow==26.0.1")


@dataclass(frozen=True)
class Environment:
    """An environment of its own.

    Attributes:
        requirements: What pip installs.
        shown: The distributions whose versions are shown.
    """

    requirements: tuple[str, ...]
    shown: tuple[str, ...]


ENVIRONMENTS: Mapping[str, Environment] = MappingProxyType(
    {
        "scikit-learn": Environment(
            ("scikit-learn==1.9.0", "lightgbm==4.7.0", *_TABULAR), ("scikit-learn", "lightgbm")
        ),
        "autogluon": Environment(
            ("autogluon.tabular==1.6.3", "lightgbm", "catboost", "xgboost-cpu", "pyarrow"), ("autogluon.tabular",)
        ),
        "lightautoml": Environment(("lightautoml==0.4.2", "pyarrow"), ("lightautoml",)),
        "pytabkit": Environment(("pytabkit==1.8.0", "tabm==0.0.3", "pyarrow"), ("pytabkit",)),
        "tabicl": Environment(("tabicl==2.2.0", "pyarrow"), ("tabicl",)),
    }
)
"""Where peers are installed, by the name of a folder in build/peers."""


@dataclass(frozen=True)
class Peer:
    """Something that learns the folds.

    Attributes:
        title: What the table says.
        script: The file in `SCRIPTS`.
        environment: A key of `ENVIRONMENTS`; None for the kit's own.
        recipe: The recipe's name, of the kit.
        needs: An environment variable with a file, without which the peer is skipped.
    """

    title: str
    script: str
    environment: str | None
    recipe: str | None = None
    needs: str | None = None


PEERS: Mapping[str, Peer] = MappingProxyType(
    {
        "kit_baseline": Peer("kit, `baseline`", "kit_recipe.py", None, "baseline"),
        "kit_quick": Peer("kit, `quick`", "kit_recipe.py", None, "quick"),
        "kit_best": Peer("kit, `best`", "kit_recipe.py", None, "best"),
        "ridge": Peer("scikit-learn, `RidgeCV`, all genes", "ridge.py", "scikit-learn"),
        "pls": Peer("scikit-learn, `PLSRegression`, all genes", "pls.py", "scikit-learn"),
        "lightgbm": Peer("`MultiOutputRegressor` of LightGBM, 32 components", "lightgbm_svd.py", "scikit-learn"),
        "lightgbm_genes": Peer("`MultiOutputRegressor` of LightGBM, all genes", "lightgbm_genes.py", "scikit-learn"),
        "autogluon": Peer("AutoGluon tabular without networks, 12 components", "autogluon_svd.py", "autogluon"),
        "lightautoml": Peer("LightAutoML `multi:reg`, 12 components", "lightautoml_svd.py", "lightautoml"),
        "realmlp": Peer("pytabkit, RealMLP, 32 components", "realmlp_svd.py", "pytabkit"),
        "tabm": Peer("pytabkit, TabM, 12 components", "tabm_svd.py", "pytabkit"),
        "tabicl": Peer("TabICL, 12 components", "tabicl_svd.py", "tabicl", needs="TABICL_WEIGHTS"),
    }
)
"""All peers, in the order of the table."""
