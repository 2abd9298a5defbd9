"""What the page and the terminal say of autoencoders."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from kit.config import load_recipe
from kit.data import read_competition
from kit.reporting.encoders import learnt, reconstruction
from kit.reporting.facts import RunFacts
from kit.training.train import train
from tests.extras import needs_torch
from tests.labelled import FEATURES, write_labelled

RECIPE = (
    FEATURES
    + """\
  plane:
    kind: autoencoder
    params: {of: x, layers: [8], bottleneck: 2, output: bottleneck, n_epochs: 150, image: [1, 3], learning_rate: 0.01}
models: {ridge: {kind: ridge, features: [x]}, nearest: {kind: nearest, features: [plane], params: {kernel: rbf, k: 5}}}
"""
)


def of_reports(*reports: dict[str, Any]) -> Any:
    return SimpleNamespace(tasks=pd.DataFrame({"split": ["fold=0", "fold=1", "final"], "report": list(reports)}))


def report(loss: float, means: float) -> dict[str, Any]:
    return {"codes": {"measured_on": "held-out rows", "reconstruction_loss": loss, "column_mean_loss": means}}


def test_errors_are_means_over_fits() -> None:
    table = reconstruction(of_reports(report(0.2, 1.0), report(0.4, 1.4), {"model": {"losses": [1.0]}}))
    assert table is not None
    (line,) = table.to_dict("records")
    assert (line["block"], line["measured_on"], line["fits"]) == ("codes", "held-out rows", 2)
    assert line["reconstruction"] == pytest.approx(0.3)
    assert line["share"] == pytest.approx(0.3 / 1.2)
    assert reconstruction(of_reports({}, {}, {})) is None


@needs_torch
def test_the_page_shows_reconstruction_plane_and_images(tmp_path: Path) -> None:
    loaded = load_recipe(write_labelled(tmp_path / "tables", RECIPE))
    tables = read_competition(loaded.config, loaded.root, tmp_path / "cache")
    run = train(loaded, tables, tmp_path / "out", jobs=1)
    facts = RunFacts(run.path, tables)
    sections = {section.key: section for section in learnt(facts)}
    assert list(sections) == ["reconstruction", "plane-plane", "images-plane"]
    # Four classes that lie apart in two columns: the plane keeps most of that, without their labels.
    alike = int(sections["plane-plane"].title.split("for ")[1].partition("%")[0])
    assert alike > 45
    assert "By chance it would be for 2" in sections["plane-plane"].text
    assert "makes 2 numbers" in sections["images-plane"].title
    errors = sections["images-plane"].tables["Mean squared error"]
    assert set(errors["label"]) == {"alpha", "beta", "gamma", "delta"}
    for key in ("plane-plane", "images-plane"):
        assert sections[key].figure.startswith("<svg")
    # Without its tables there is the table of the errors alone.
    assert [section.key for section in learnt(RunFacts(run.path, None))] == ["reconstruction"]
