"""What grows faster than its rows: refused where the machine is too small, warned of where it takes long."""

from __future__ import annotations

import re
from collections.abc import Callable
from inspect import signature
from pathlib import Path

import pandas as pd
import pytest

from kit.errors import InputError
from kit.features import FEATURES, Fingerprint, NeighbourProfile, Numeric, Similarity
from kit.models import MODELS
from kit.models.base import Model
from kit.models.kernels import KernelRidge, Nearest
from kit.models.processes import CoregionalizedGP
from kit.models.processes.terms import default_terms
from kit.models.ridge import Ridge
from kit.training import growth
from kit.training.planning.plan import make_plan
from kit.training.train import foreseen_warnings, prepare
from tests.tiny import Notes, Tiny

HEAD = "features: {cell: {kind: one_hot, params: {columns: [cell_type]}}}\n"


def refused(tiny: Tiny, out: Path, text: str) -> str:
    notes = Notes()
    with pytest.raises(InputError) as caught:
        tiny.train(out, tiny.recipe(text, "large"), observer=notes)
    assert notes.begun is None
    assert not list(out.rglob("*"))
    return str(caught.value)


@pytest.mark.parametrize(
    ("model", "instead"),
    [
        ("kernel_ridge", "take landmarks (Nyström): {kind: kernel_ridge, params: {landmarks: 1000, …}}"),
        ("{kind: kernel_ridge, choose: {params.penalty: [1, 2]}}", "take landmarks"),
        ("{kind: gaussian_process, target: svd}", "{kind: gaussian_process, params: {landmarks: 1000, …}}"),
        ("svr", "{kind: bagged, params: {model: {kind: svr, …}, n_repeats: 5, most_rows: 5000}}"),
        ("{kind: calibrated, params: {by: cell, model: svr}}", "{kind: bagged, params: {model: {kind: svr, …}"),
    ],
)
def test_a_model_that_does_not_fit_into_memory(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str, instead: str
) -> None:
    monkeypatch.setenv("KIT_MEMORY", "1e-6")
    message = refused(tiny, tmp_path, f"{HEAD}models:\n  m: {model}\n")
    assert "large.yaml:4: models.m: " in message
    assert "holds matrices of pairs of rows: about " in message
    assert "and this machine has " in message
    assert instead in message


def test_a_target_transform_that_does_not_fit_into_memory(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIT_MEMORY", "1e-6")
    monkeypatch.setattr("kit.targets.svd.SHORTER_SIDE", 1)
    models = "models: {a: ridge, b: ridge}\n"
    message = refused(tiny, tmp_path, f"target: {{kind: svd, params: {{n_components: auto}}}}\n{HEAD}{models}")
    assert "large.yaml:2: target: svd holds matrices of pairs of rows or targets: about " in message
    assert "give n_components as a number" in message
    own = "models:\n  a: {kind: ridge, target: {kind: svd, params: {n_components: 0.9}}}\n"
    assert "large.yaml:4: models.a.target: svd holds" in refused(tiny, tmp_path, HEAD + own)


def test_what_is_said_instead_fits(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIT_MEMORY", "2e-5")
    text = HEAD + "target: {kind: svd, params: {n_components: 2}}\nmodels:\n  m: "
    refused(tiny, tmp_path / "a", text + "kernel_ridge\n")
    kept = text + "{kind: kernel_ridge, params: {landmarks: 5}}\n"
    drawn = text + "{kind: bagged, params: {n_repeats: 2, most_rows: 5, model: svr}}\n"
    for number, recipe in enumerate((kept, drawn)):
        loaded = tiny.recipe(recipe, f"small{number}")
        assert not foreseen_warnings(prepare(loaded, tiny.read(loaded), tmp_path))
    assert tiny.train(tmp_path, tiny.recipe(kept, "landmarks")).fitted == 3


def test_a_block_that_does_not_fit_into_memory(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIT_MEMORY", "1e-6")
    inner = "of: {kind: one_hot, params: {columns: [cell_type]}}"
    for kind, more, instead in (
        ("similarity", "", "{kind: nystroem, params: {of: …, n_components: 500}}"),
        ("neighbour_profile", "k: null, ", "params: {k: 10, …}"),
    ):
        text = (
            f"features:\n  alike: {{kind: {kind}, params: {{metric: cosine, {more}{inner}}}}}\nmodels: {{m: ridge}}\n"
        )
        message = refused(tiny, tmp_path, text)
        assert f"large.yaml:3: features.alike: {kind} holds matrices of pairs of rows" in message
        assert instead in message


def test_a_warning_says_what_takes_long_and_what_to_take(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = tiny.recipe(HEAD + "models: {k: kernel_ridge, r: ridge}\n", "long")
    competition = tiny.read(loaded)
    assert not any("CPU time" in text for text in foreseen_warnings(prepare(loaded, competition, tmp_path)))
    monkeypatch.setattr(growth, "LONG_FIT", 0.0)
    [warning] = [text for text in foreseen_warnings(prepare(loaded, competition, tmp_path)) if "CPU time" in text]
    assert warning.startswith("models.k: one fit of kernel_ridge on ")
    assert "{kind: kernel_ridge, params: {landmarks: 1000, …}}" in warning
    assert "times as long" in warning


def test_a_warning_says_that_two_workers_need_more_than_there_is(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = tiny.recipe(HEAD + "models: {k: kernel_ridge, r: ridge}\n", "half")
    competition = tiny.read(loaded)
    needed = KernelRidge().estimate_memory(len(competition.rows), 1, 64)
    fits = len(make_plan(loaded.config, competition).tasks) // 2
    assert fits == 3

    def said(memory: float, workers: int | None) -> list[str]:
        monkeypatch.setenv("KIT_MEMORY", str(memory * needed / 2**30))
        warnings = foreseen_warnings(prepare(loaded, competition, tmp_path), workers)
        return [text for text in warnings if "at once" in text]

    for workers in (2, None):
        [warning] = said(1.2, workers)
        assert warning.startswith("models.k: kernel_ridge holds about ")
        assert "2 fits at once more than this machine's" in warning
        assert "--jobs 1" in warning
    assert said(1.2, 1) == said(2.1, 2) == said(2.1, None) == said(3.1, 16) == []  # no more at once than there are
    [many] = said(2.1, 16)
    assert "3 fits at once" in many
    assert "--jobs 2" in many


def test_a_block_that_takes_long_says_what_to_take(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = "{kind: one_hot, params: {columns: [cell_type]}}"
    block = f"features: {{alike: {{kind: neighbour_profile, params: {{metric: cosine, of: {inner}}}}}}}\n"
    loaded = tiny.recipe(f"{block}models: {{m: ridge}}\n", "block")
    workspace = prepare(loaded, tiny.read(loaded), tmp_path)
    assert not any("CPU time" in text for text in foreseen_warnings(workspace))
    monkeypatch.setattr(growth, "LONG_FIT", 0.0)
    [warning] = [text for text in foreseen_warnings(workspace) if "CPU time" in text]
    assert warning.startswith("features.alike: one fit of neighbour_profile on ")
    assert "{kind: nystroem, params: {of: …, n_components: 500}}" in warning


def test_blocks_that_compare_compounds_take_as_long_as_there_are_pairs() -> None:
    few, many = (pd.DataFrame({"sm_name": [str(i) for i in range(n)], "x": 1.0}) for n in (100, 200))
    for metric in ("tanimoto", "cosine", "rbf"):
        for block in (NeighbourProfile(Numeric(["x"]), metric=metric), Similarity(Numeric(["x"]), metric=metric)):
            assert block.estimate_seconds(many) == pytest.approx(4 * block.estimate_seconds(few))
            bits = type(block)(Fingerprint("smiles", n_bits=2048), metric=metric)
            assert bits.estimate_seconds(few) > block.estimate_seconds(few) > 0
    assert Numeric(["x"]).estimate_seconds(many) == 0


def growing(measure: Callable[[Model, int], float]) -> list[Model]:
    """Return the registered models, as they are by default, of which twice as many rows take more than that."""
    made = [MODELS.get(kind)() for kind in MODELS.kinds() if not _needs_more(MODELS.get(kind))]
    return [model for model in made if measure(model, 200_000) > 2.5 * measure(model, 100_000)]


def _needs_more(plugin: type[Model]) -> bool:
    """Whether a plug-in has no defaults: wrappers, which grow as the model inside, and models of given blocks."""
    return any(given.default is given.empty for given in signature(plugin).parameters.values())


def seconds_of(model: Model, n_rows: int) -> float:
    return model.estimate_seconds(n_rows, 50, 10)


def memory_of(model: Model, n_rows: int) -> float:
    return model.estimate_memory(n_rows, 50, 10)


def test_models_that_hold_pairs_of_rows_say_themselves_what_to_take_instead() -> None:
    found = growing(memory_of)
    assert {model.kind for model in found} >= {"kernel_ridge", "gaussian_process", "svr", "svc"}
    for model in found:
        assert type(model).for_many_rows is not Model.for_many_rows, f"{model.kind} says what any model says"


def test_what_is_said_instead_exists() -> None:
    """Kinds and parameters named in place of what grows faster than its rows, and the words of a process's terms."""
    for model in [*growing(seconds_of), *growing(memory_of)]:
        named = re.findall(r"\{kind: (\w+), params: \{(?:model: \{kind: \w+, …\}, )?(\w+): ", model.for_many_rows)
        assert named, model.kind
        for kind, parameter in named:
            assert parameter in signature(MODELS.get(kind)).parameters
        for inside in re.findall(r"model: \{kind: (\w+), ", model.for_many_rows):
            assert inside == model.kind
        for kind in re.findall(r"block of kind (\w+)", model.for_many_rows):
            assert kind in FEATURES.kinds()
    free = CoregionalizedGP([{"a": {"kernel": "rbf"}}])
    for measure in (seconds_of, memory_of):
        assert measure(free, 200_000) > 3.5 * measure(free, 100_000)
    # A recipe that writes all that is named, and nothing else, has a fit that grows with the rows.
    written = default_terms("a", "b")
    words = r"\b(free|identity|low_rank|rbf)\b"
    assert set(re.findall(words, free.for_many_rows)) == set(re.findall(words, str(written)))
    assert memory_of(CoregionalizedGP(written), 100_000) == 0


def test_what_grows_with_the_rows_says_so() -> None:
    for model in (Ridge(), CoregionalizedGP(), KernelRidge(landmarks=100)):
        assert seconds_of(model, 200_000) < 2.5 * seconds_of(model, 100_000), model.kind
    for model in (Ridge(), CoregionalizedGP(), Nearest()):
        assert memory_of(model, 100_000) == 0, model.kind
