"""Embeddings as features: values, missing texts, the cache, saving, what is asked of new rows."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from kit.errors import InputError, MissingDependencyError, ParameterError, StateError
from kit.features import LanguageModel
from kit.features.language_model import builder as builder_module
from kit.plugins import parameters
from tests.features.language_model.tiny import LIMIT, pooled_by_hand, save_tiny

SMILES = ["CCO", "c1ccccc1", "CC(=O)Oc1ccccc1C(=O)O", "CCN", "CCO", "C#N"]
"""In RDKit's canonical form; ethanol twice."""


def table(texts: list[Any], column: str = "SMILES") -> pd.DataFrame:
    return pd.DataFrame({column: pd.Series(texts, dtype=object)})


def forbid_loading(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on, loading a model is an error."""

    def refuse(*_: object) -> None:
        raise AssertionError("the model was loaded")

    monkeypatch.setattr(builder_module, "load_encoder", refuse)


@pytest.mark.parametrize("pooling", ["mean", "first", "both"])
def test_features_are_the_pooled_hidden_states(tiny: Path, pooling: Any) -> None:
    features = LanguageModel(str(tiny), pooling=pooling).fit_transform(table(SMILES))
    assert features.dtype == np.float32
    for text, row in zip(SMILES, features, strict=True):
        mean, first = pooled_by_hand(tiny, text)
        expected = {"mean": mean, "first": first, "both": np.concatenate([mean, first])}[pooling]
        np.testing.assert_allclose(row, expected, atol=1e-5)


def test_leading_components_and_unit_length(tiny: Path) -> None:
    whole = LanguageModel(str(tiny), pooling="both").fit_transform(table(SMILES))
    cut = LanguageModel(str(tiny), pooling="both", n_components=5).fit_transform(table(SMILES))
    np.testing.assert_array_equal(cut, whole[:, [0, 1, 2, 3, 4, 16, 17, 18, 19, 20]])
    unit = LanguageModel(str(tiny), pooling="both", n_components=5, normalize="l2").fit_transform(table(SMILES))
    for half in (slice(0, 5), slice(5, 10)):
        lengths = np.linalg.norm(cut[:, half], axis=1, keepdims=True)
        np.testing.assert_allclose(unit[:, half], cut[:, half] / lengths, rtol=1e-5)
    with pytest.raises(InputError, match="n_components=17, but the vectors have 16"):
        LanguageModel(str(tiny), n_components=17).fit(table(SMILES))


def test_names_and_number_of_features(tiny: Path) -> None:
    builder = LanguageModel(str(tiny), pooling="both", n_components=2, indicator=True)
    assert builder.expected_features(table(SMILES)) == 5
    names = builder.fit(table(SMILES)).get_feature_names_out()
    assert names.tolist() == [
        "SMILES__mean__0",
        "SMILES__mean__1",
        "SMILES__first__0",
        "SMILES__first__1",
        "SMILES__missing",
    ]


@pytest.mark.parametrize("batch_size", [1, 3, 64])
def test_a_rows_embedding_does_not_depend_on_its_batch(tiny: Path, batch_size: int, tmp_path: Path) -> None:
    # Lengths from 1 to 40 characters, several texts of each: where texts of unlike length ran together, padded, the
    # mean over the padding or the attention to it would show.
    texts = ["C" * length + end for length in range(1, 41) for end in ("O", "N", "S")]
    options: dict[str, Any] = {
        "canonicalize": False,
        "batch_size": batch_size,
        "cache": str(tmp_path / str(batch_size)),
    }
    whole = LanguageModel(str(tiny), **options).fit_transform(table(texts))
    for place in range(0, len(texts), 17):
        alone = LanguageModel(str(tiny), canonicalize=False, cache=str(tmp_path / f"{batch_size}-{place}"))
        np.testing.assert_allclose(alone.fit_transform(table([texts[place]]))[0], whole[place], rtol=1e-5, atol=1e-6)


def test_rows_without_text_get_the_training_rows_mean(tiny: Path) -> None:
    plain = LanguageModel(str(tiny)).fit_transform(table(SMILES))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted = LanguageModel(str(tiny), indicator=True).fit(table([*SMILES, None, " "]))
    with pytest.warns(UserWarning, match="no text in 4 of 5 rows") as caught:
        features = fitted.transform(table([None, float("nan"), "", "   ", "CCN"]))
    assert len(caught) == 1
    # Ethanol counts twice: the mean is over rows, not over different texts.
    np.testing.assert_allclose(features[:4, :-1], np.tile(plain.mean(axis=0), (4, 1)), atol=1e-6)
    assert features[:, -1].tolist() == [1, 1, 1, 1, 0]
    np.testing.assert_array_equal(features[4, :-1], plain[3])


def test_a_column_without_any_text_is_an_error(tiny: Path) -> None:
    with pytest.raises(InputError, match="no text in any of 2 training rows"):
        LanguageModel(str(tiny)).fit(table([None, ""]))


def test_numbers_are_no_text(tiny: Path) -> None:
    with pytest.raises(InputError, match=r"'dose' holds 3 at row 1, expected text"):
        LanguageModel(str(tiny), column="dose").fit(table(["C", 3], "dose"))


def test_ways_to_write_a_structure_are_one(tiny: Path) -> None:
    pytest.importorskip("rdkit")
    written = table(["OCC", "C(C)O", "CCO"])
    same = LanguageModel(str(tiny)).fit_transform(written)
    np.testing.assert_array_equal(same, np.tile(same[2], (3, 1)))
    np.testing.assert_allclose(same[2], pooled_by_hand(tiny, "CCO")[0], atol=1e-5)
    as_written = LanguageModel(str(tiny), canonicalize=False).fit_transform(written)
    assert len(np.unique(as_written, axis=0)) == 3
    # Another column is a text like any other.
    other = LanguageModel(str(tiny), column="note").fit_transform(table(["OCC", "CCO"], "note"))
    assert len(np.unique(other, axis=0)) == 2


def test_what_rdkit_cannot_parse_is_read_as_it_is(tiny: Path) -> None:
    pytest.importorskip("rdkit")
    with pytest.warns(UserWarning, match=r"cannot parse 1 SMILES \('C1CC'\)"):
        features = LanguageModel(str(tiny)).fit_transform(table(["C1CC", "CCO"]))
    np.testing.assert_allclose(features[0], pooled_by_hand(tiny, "C1CC")[0], atol=1e-5)


def test_without_rdkit_smiles_are_read_as_they_are(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builder_module, "has_rdkit", lambda: False)
    with pytest.warns(UserWarning, match="RDKit is not installed"):
        features = LanguageModel(str(tiny)).fit_transform(table(["OCC"]))
    np.testing.assert_allclose(features[0], pooled_by_hand(tiny, "OCC")[0], atol=1e-5)


def test_long_texts_are_cut_off_with_a_warning(tiny: Path) -> None:
    rows = table(["CCCCCC", "CC"], "text")
    with pytest.warns(UserWarning, match=r"1 of 2 new texts in 'text' are longer than 6 tokens"):
        features = LanguageModel(str(tiny), column="text", max_length=6).fit_transform(rows)
    # Six tokens: <s>, four letters, </s>.
    np.testing.assert_allclose(features[0], pooled_by_hand(tiny, "CCCC")[0], atol=1e-5)
    np.testing.assert_allclose(features[1], pooled_by_hand(tiny, "CC")[0], atol=1e-5)
    with pytest.warns(UserWarning, match=f"longer than {LIMIT} tokens"):
        LanguageModel(str(tiny), column="text").fit(table(["C" * 200], "text"))
    with pytest.raises(InputError, match=f"reads at most {LIMIT} tokens"):
        LanguageModel(str(tiny), column="text", max_length=LIMIT + 1).fit(rows)


def test_a_second_run_does_not_load_the_model(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = LanguageModel(str(tiny)).fit_transform(table(SMILES))
    forbid_loading(monkeypatch)
    again = LanguageModel(str(tiny)).fit(table(SMILES[:3]))
    np.testing.assert_array_equal(again.transform(table(SMILES)), first)
    # What was embedded serves other poolings of it, too.
    LanguageModel(str(tiny), pooling="first", normalize="l2", n_components=3).fit(table(SMILES))
    with pytest.raises(AssertionError, match="the model was loaded"):
        LanguageModel(str(tiny)).fit(table([*SMILES, "CCCl"]))


def test_another_model_or_length_is_embedded_anew(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    LanguageModel(str(tiny)).fit(table(SMILES))
    moved = shutil.copytree(tiny, tmp_path / "moved")
    other = save_tiny(tmp_path / "other", seed=1)
    forbid_loading(monkeypatch)
    LanguageModel(str(moved)).fit(table(SMILES))
    for different in (LanguageModel(str(other)), LanguageModel(str(tiny), max_length=12)):
        with pytest.raises(AssertionError, match="the model was loaded"):
            different.fit(table(SMILES))


def test_a_saved_builder_needs_no_model_for_its_training_texts(
    copy: Path, own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted = LanguageModel(str(copy), indicator=True).fit(table([*SMILES, "OCCC"]))
    expected = fitted.transform(table([*SMILES, "OCCC"]))
    fitted.save(tmp_path / "saved")
    shutil.rmtree(own_cache)
    shutil.rmtree(copy)
    forbid_loading(monkeypatch)
    monkeypatch.setattr("kit.features.language_model.builder.canonical_smiles", lambda _: pytest.fail("RDKit was used"))
    loaded = LanguageModel.load(tmp_path / "saved")
    np.testing.assert_array_equal(loaded.transform(table([*SMILES, "OCCC"])), expected)


def test_a_training_structure_in_another_way_of_writing_needs_no_model(
    copy: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("rdkit")
    fitted = LanguageModel(str(copy)).fit(table(SMILES))
    shutil.rmtree(own_cache)
    forbid_loading(monkeypatch)
    np.testing.assert_array_equal(fitted.transform(table(["OCC"])), fitted.transform(table(["CCO"])))


def test_a_saved_builder_embeds_new_texts_with_the_same_model_alone(
    copy: Path, own_cache: Path, tmp_path: Path
) -> None:
    LanguageModel(str(copy)).fit(table(SMILES)).save(tmp_path / "saved")
    loaded = LanguageModel.load(tmp_path / "saved")
    np.testing.assert_allclose(loaded.transform(table(["CCS"]))[0], pooled_by_hand(copy, "CCS")[0], atol=1e-5)
    save_tiny(copy, seed=1)
    with pytest.raises(StateError, match="no longer the model that this builder was fitted with"):
        loaded.transform(table(["CCSC"]))
    shutil.rmtree(copy)
    with pytest.raises(InputError, match=r"(?s)hf download.*1 texts that no training row has: 'CCSC'"):
        loaded.transform(table(["CCSC"]))
    # What is in the cache needs no model, and what fit has seen never did.
    assert loaded.transform(table(["CCS", "CCO"])).shape == (2, 16)


def test_files_that_decide_what_is_computed(tiny: Path) -> None:
    names = {path.name for path in LanguageModel(str(tiny)).content_files()}
    assert names == {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}
    with pytest.raises(InputError, match="hf download"):
        LanguageModel("./nowhere").content_files()


def test_without_torch_the_error_names_the_extra(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "transformers", None)
    with pytest.raises(MissingDependencyError, match=r"perturbation-kit\[lm\]"):
        LanguageModel(str(tiny)).fit(table(SMILES))


def test_targets_are_not_read_and_clones_fit_alike(tiny: Path) -> None:
    rows, Y = table(SMILES), np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
    first, other = LanguageModel(str(tiny)).fit(rows, Y), clone(LanguageModel(str(tiny))).fit(rows, -9 * Y + 100)
    np.testing.assert_array_equal(first.table_, other.table_)
    np.testing.assert_array_equal(first.mean_, other.mean_)


def test_wrong_parameters_are_refused(tiny: Path) -> None:
    for wrong in ({"pooling": "max"}, {"batch_size": 0}, {"n_components": 0}, {"normalize": "l1"}, {"max_length": 0}):
        with pytest.raises(ParameterError, match=next(iter(wrong))):
            LanguageModel(str(tiny), **wrong).fit(table(SMILES))  # type: ignore[arg-type]


def test_nothing_appears_on_the_terminal_and_the_global_seed_stays(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    import torch

    folder = save_tiny(tmp_path / "without pooler", pooler=False)
    capfd.readouterr()
    torch.manual_seed(3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LanguageModel(str(folder)).fit(table(SMILES))
    after = torch.rand(4)
    torch.manual_seed(3)
    torch.testing.assert_close(after, torch.rand(4))
    captured = capfd.readouterr()
    assert captured.out == captured.err == ""


def test_no_recipe_says_where_vectors_are_kept() -> None:
    place = next(one for one in parameters(LanguageModel) if one.name == "cache")
    assert place.supplied is not None
