"""What can be tested without the optional libraries that are missing here."""

from __future__ import annotations

import importlib.util

import pytest

from kit.config.schema import RecipeConfig
from kit.reports.plugins import FAMILIES

HAS_TORCH = importlib.util.find_spec("torch") is not None

needs_torch = pytest.mark.skipif(not HAS_TORCH, reason="needs torch (pip install -e '.[torch]')")

HAS_ANNDATA = importlib.util.find_spec("anndata") is not None

needs_anndata = pytest.mark.skipif(not HAS_ANNDATA, reason="needs anndata (pip install -e '.[h5ad]')")

HAS_OBONET = importlib.util.find_spec("obonet") is not None

needs_obonet = pytest.mark.skipif(not HAS_OBONET, reason="needs obonet (pip install -e '.[ontology]')")

HAS_CELL_ONTOLOGY = importlib.util.find_spec("cellxgene_ontology_guide") is not None

needs_cell_ontology = pytest.mark.skipif(
    not HAS_CELL_ONTOLOGY, reason="needs cellxgene-ontology-guide, of 98 MB (pip install cellxgene-ontology-guide)"
)

_ROOMS_OF_TORCH = ("kit.models.neural", "kit.features.autoencoder", "kit.features.language_model")


def of_torch(family: str, kind: str) -> bool:
    """Whether a plug-in of the kit computes with torch."""
    return any(base.__module__.startswith(_ROOMS_OF_TORCH) for base in FAMILIES[family].get(kind).__mro__)


def marks(recipe: RecipeConfig) -> list[pytest.MarkDecorator]:
    """Return the mark that skips a recipe that cannot be fitted here, if it needs one."""
    models = [*recipe.models.values(), *(model for stage in recipe.stages.values() for model in stage.models.values())]
    computed = any(of_torch("model", model.kind) for model in models)
    computed |= any(of_torch("feature", block.kind) for block in recipe.features.values())
    return [needs_torch] if computed else []
