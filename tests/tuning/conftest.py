"""The demo competition with a ridge regression whose penalty is searched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import kit
from kit.config import load_competition
from kit.config.search_recipe import SearchRecipe, load_search
from kit.data import Competition, read_competition
from tests.tuning.postgresql import Server, programs, server

RIDGE = """\
# A recipe with two searched values.
extends: competition.yaml
seed: 3
target: {kind: svd, params: {n_components: 6, center: none}}
features:
  profile: {kind: target_profile, params: {by: sm_name}}
  cell: {kind: one_hot, params: {columns: [cell_type]}}
models:
  ridge:
    kind: ridge
    params:
      penalty: {search: [0.01, 100000.0], log: true, value: 300.0}  # found by hand
      fit_intercept: {choice: [true, false], value: false}
"""

PENALTY, INTERCEPT = "models.ridge.params.penalty", "models.ridge.params.fit_intercept"

MakeSearch = Callable[..., SearchRecipe]


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KIT_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.delenv("KIT_DATA", raising=False)
        yield


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The competition's folder, with its tables; tests write elsewhere."""
    folder = tmp_path_factory.mktemp("demo")
    given = Path(kit.__file__).parents[1] / "competitions" / "demo" / "competition.yaml"
    (folder / "competition.yaml").write_text(given.read_text())
    loaded = load_competition(folder / "competition.yaml")
    read_competition(loaded.config, loaded.root)
    return folder


@pytest.fixture(scope="session")
def competition(demo: Path) -> Competition:
    loaded = load_competition(demo / "competition.yaml")
    return read_competition(loaded.config, loaded.root)


@pytest.fixture
def make_search(demo: Path, tmp_path: Path) -> MakeSearch:
    """Write a recipe beside a copy of the competition file, and read its search space."""

    def make(text: str = RIDGE, name: str = "ridge", **replaced: str) -> SearchRecipe:
        competition = (demo / "competition.yaml").read_text().replace("root: data", f"root: {demo / 'data'}")
        (tmp_path / "competition.yaml").write_text(competition)
        for old, new in replaced.items():
            assert old in text
            text = text.replace(old, new)
        (tmp_path / f"{name}.yaml").write_text(text)
        return load_search(tmp_path / f"{name}.yaml")

    return make


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A server for all tests; where one is installed and does not start, they fail.

    Tests that use it belong into the group of that name, so that one process alone starts a server.
    """
    found = programs()
    if found is None:
        pytest.skip("no PostgreSQL server is installed (Debian: apt-get install postgresql)")
    pytest.importorskip("psycopg", reason="the driver is not installed: pip install 'perturbation-kit[postgresql]'")
    with server(found) as running:
        yield running
