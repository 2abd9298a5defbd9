"""Loading encoders: complete ones of many kinds, incomplete and hostile ones not at all."""

from __future__ import annotations

import json
import pickle
import shutil
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kit.errors import InputError
from kit.features.language_model.checkpoint import find_checkpoint
from kit.features.language_model.encoder import Encoder, load_encoder
from tests.features.language_model.tiny import LIMIT, pooled_by_hand, save_tiny
from tests.real_data import real_data

TEXTS = ["CCO", "c1ccccc1", "CC(=O)Oc1ccccc1C(=O)O"]


def load(folder: Path) -> Encoder:
    return load_encoder(find_checkpoint(str(folder)))


def embed(folder: Path, texts: list[str] = TEXTS) -> np.ndarray:
    encoder = load(folder)
    return encoder.pooled(encoder.tokens(texts, None)[0], 8)


def weights_of(folder: Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")


def save_weights(weights: dict[str, Any], folder: Path) -> None:
    from safetensors.torch import save_file

    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def test_both_poolings_equal_a_forward_pass_by_hand(tiny: Path) -> None:
    vectors = embed(tiny)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, [pooled_by_hand(tiny, text) for text in TEXTS], atol=1e-5)


def test_a_missing_pooler_is_fine_and_changes_nothing(tmp_path: Path, tiny: Path) -> None:
    without = save_tiny(tmp_path / "without", pooler=False)
    assert not [name for name in weights_of(without) if "pooler" in name]
    np.testing.assert_array_equal(embed(without), embed(without))
    np.testing.assert_allclose(embed(without)[0], pooled_by_hand(without, TEXTS[0]), atol=1e-5)


def test_a_checkpoint_with_a_head_gives_its_encoder(tiny: Path, copy: Path) -> None:
    import torch

    headed = {f"roberta.{name}": value for name, value in weights_of(tiny).items() if "pooler" not in name}
    save_weights(headed | {"regression.out_proj.weight": torch.ones(3, 16)}, copy)
    np.testing.assert_array_equal(embed(copy), embed(tiny))


@pytest.mark.parametrize("lost", ["encoder.layer.1.output.dense.weight", "embeddings.word_embeddings.weight", "all"])
def test_weights_that_would_be_random_are_refused(copy: Path, lost: str) -> None:
    import torch

    kept = {name: value for name, value in weights_of(copy).items() if name != lost}
    save_weights({"something.else": torch.ones(1)} if lost == "all" else kept, copy)
    with pytest.raises(InputError, match=r"lacks \d+ weights of the encoder .*would be random"):
        load(copy)


def test_weights_of_another_shape_are_refused(copy: Path) -> None:
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps(config | {"intermediate_size": 32}))
    with pytest.raises(InputError, match=r"cannot be loaded|lacks \d+ weights"):
        load(copy)


def test_pickled_weights_are_read_as_tensors(tiny: Path, copy: Path) -> None:
    import torch

    torch.save(weights_of(copy), copy / "pytorch_model.bin")
    (copy / "model.safetensors").unlink()
    np.testing.assert_array_equal(embed(copy), embed(tiny))


class Planted:
    """Unpickling it writes a file."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return Path.write_text, (self.mark, "executed")


@pytest.mark.parametrize("modern", [True, False], ids=["zip", "plain pickle"])
def test_a_pickle_that_would_execute_code_is_refused_unexecuted(copy: Path, tmp_path: Path, modern: bool) -> None:
    import torch

    mark, file = tmp_path / "mark", copy / "pytorch_model.bin"
    hostile = weights_of(copy) | {"planted": Planted(mark)}
    (copy / "model.safetensors").unlink()
    torch.save(hostile, file, _use_new_zipfile_serialization=modern)
    with pytest.raises(InputError, match=r"A pickle can execute any code.*model\.safetensors"):
        load(copy)
    assert not mark.exists()
    # The file is what it is meant to be: whoever trusts it runs it.
    torch.load(file, weights_only=False)
    assert mark.read_text() == "executed"
    mark.unlink()
    file.write_bytes(pickle.dumps(Planted(mark)))
    with pytest.raises(InputError, match="A pickle can execute any code"):
        load(copy)
    assert not mark.exists()


def test_code_of_the_checkpoints_own_is_not_run(copy: Path, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    (copy / "own.py").write_text(f"open({str(mark)!r}, 'w').write('executed')\nclass Config: ...\nclass Model: ...\n")
    config = json.loads((copy / "config.json").read_text())
    remote = {"model_type": "own", "auto_map": {"AutoConfig": "own.Config", "AutoModel": "own.Model"}}
    (copy / "config.json").write_text(json.dumps(config | remote))
    with pytest.raises(InputError, match=r"without code of its own"):
        load(copy)
    assert not mark.exists()


def test_damaged_weights_are_an_error(copy: Path) -> None:
    file = copy / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(InputError, match=r"cannot be loaded .*fetch the checkpoint again"):
        load(copy)


def test_weights_that_are_not_finite_are_an_error(copy: Path) -> None:
    weights = weights_of(copy)
    weights["encoder.layer.0.output.dense.bias"][0] = float("nan")
    save_weights(weights, copy)
    with pytest.raises(InputError, match="NaN or infinity"):
        embed(copy)


def test_half_precision_weights_are_computed_in_single_precision(tiny: Path, copy: Path) -> None:
    save_weights({name: value.half() for name, value in weights_of(copy).items()}, copy)
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps(config | {"dtype": "float16"}))
    np.testing.assert_allclose(embed(copy)[0], pooled_by_hand(copy, TEXTS[0]), atol=1e-5)


def test_the_most_tokens_leave_room_for_robertas_first_positions(tiny: Path) -> None:
    encoder = load(tiny)
    assert encoder.limit == LIMIT
    tokens, n_cut = encoder.tokens(["C" * LIMIT, "C" * (LIMIT - 2)], None)
    assert [len(text) for text in tokens] == [LIMIT, LIMIT]
    assert n_cut == 1
    assert np.isfinite(encoder.pooled(tokens, 2)).all()


def test_a_text_without_tokens_is_an_error(tiny: Path) -> None:
    encoder = load(tiny)
    encoder.tokenizer.backend_tokenizer.post_processor = None
    encoder._tokenize = lambda texts, **_: [[] for _ in texts]  # type: ignore[method-assign]
    with pytest.raises(InputError, match="makes nothing of 'CCO'"):
        encoder.tokens(["CCO"], None)


@pytest.mark.parametrize("kind", ["gpt2", "t5", "distilbert"])
def test_encoders_of_other_kinds(tiny: Path, tmp_path: Path, kind: str) -> None:
    # A decoder without a padding token, an encoder with a decoder behind it, one without token types.
    import torch
    from transformers import AutoConfig, AutoModel, AutoTokenizer

    sizes: dict[str, dict[str, Any]] = {
        "gpt2": {"n_embd": 16, "n_layer": 1, "n_head": 2, "n_positions": 64},
        "t5": {"d_model": 16, "d_kv": 8, "d_ff": 24, "num_layers": 1, "num_heads": 2},
        "distilbert": {"dim": 16, "hidden_dim": 24, "n_layers": 1, "n_heads": 2, "max_position_embeddings": 64},
    }
    folder = Path(shutil.copytree(tiny, tmp_path / kind))
    torch.manual_seed(0)
    model = AutoModel.from_config(AutoConfig.for_model(kind, vocab_size=80, **sizes[kind])).eval()
    model.save_pretrained(folder)
    with torch.inference_mode():
        encoder = model.get_encoder() if kind == "t5" else model
        given = AutoTokenizer.from_pretrained(folder)(TEXTS[2], return_tensors="pt")["input_ids"]
        states = encoder(input_ids=given).last_hidden_state[0].numpy()
    assert find_checkpoint(str(folder)).width == 16
    np.testing.assert_allclose(embed(folder)[2], [states.mean(axis=0), states[0]], rtol=1e-5, atol=1e-6)


def test_the_real_chemberta_configuration_has_its_shapes(tmp_path: Path) -> None:
    # Random weights of the real sizes with the real tokenizer: what the pretrained ones will be, but for their values.
    import torch
    from transformers import AutoConfig, RobertaModel

    folder = Path(shutil.copytree(real_data("smiles") / "chemberta-77m-mtr-config", tmp_path / "chemberta"))
    folder.chmod(0o755)
    config = AutoConfig.from_pretrained(folder)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        RobertaModel(config, add_pooling_layer=False).save_pretrained(tmp_path / "weights")
    shutil.copy(tmp_path / "weights" / "model.safetensors", folder)
    encoder = load(folder)
    assert encoder.limit == 512
    assert find_checkpoint(str(folder)).width == 384
    tokens, n_cut = encoder.tokens(["CN(Cc1cnc2nc(N)nc(N)c2n1)c1ccc(cc1)C(=O)O", "C" * 600], None)
    assert n_cut == 1
    # [CLS], one token a character, [SEP].
    assert [len(text) for text in tokens] == [43, 512]
    assert tokens[0][0] == 12
    assert tokens[0][-1] == 13
    assert encoder.pooled(tokens[:1], 8).shape == (1, 2, 384)
    np.testing.assert_allclose(
        encoder.pooled(tokens[:1], 8)[0], pooled_by_hand(folder, "CN(Cc1cnc2nc(N)nc(N)c2n1)c1ccc(cc1)C(=O)O"), atol=1e-4
    )


def test_loading_warns_of_nothing(tiny: Path, capfd: pytest.CaptureFixture[str]) -> None:
    capfd.readouterr()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load(tiny)
    captured = capfd.readouterr()
    assert captured.out == captured.err == ""
