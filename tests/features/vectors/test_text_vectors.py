from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from kit.errors import InputError, KitWarning
from kit.features import TextVectors

TOPICS = {
    "kinase": "phosphorylation signalling kinase receptor membrane",
    "ribosome": "translation ribosome subunit messenger elongation",
    "chromatin": "histone chromatin nucleosome promoter silencing",
}


def texts(n_each: int = 8) -> list[str]:
    """Return texts of three topics, each four words of its topic and one that tells nothing."""
    rng = np.random.default_rng(0)
    return [
        " ".join([*rng.choice(words.split(), 4, replace=False), str(rng.choice(["human", "mouse"]))])
        for words in TOPICS.values()
        for _ in range(n_each)
    ]


ROWS = pd.DataFrame({"summary": texts()})


@pytest.mark.parametrize("n_components", [3, 100])
def test_likeness_is_that_of_scikit_learn(n_components: int) -> None:
    found = TextVectors("summary", n_components=n_components, words=2, min_texts=2).fit_transform(ROWS)
    weights = TfidfVectorizer(ngram_range=(1, 2), min_df=2, stop_words="english", sublinear_tf=True)
    distinct = sorted(set(ROWS["summary"]))
    weights.fit(distinct)
    every = weights.transform(ROWS["summary"])
    if n_components == 3:
        expected = TruncatedSVD(3, algorithm="arpack", random_state=0).fit(weights.transform(distinct)).transform(every)
    else:
        expected = every.toarray()
    # Vectors are told up to signs, products are not.
    np.testing.assert_allclose(found @ found.T, expected @ expected.T, atol=1e-5)


def test_texts_of_a_topic_are_near_and_so_are_texts_that_fit_has_not_seen() -> None:
    builder = TextVectors("summary", n_components=3, normalize="l2").fit(ROWS)
    topics = builder.transform(ROWS).reshape(3, 8, 3).mean(axis=1)
    new = pd.DataFrame({"summary": ["a histone at the promoter", "unheard-of words alone", "ribosome, translation"]})
    likeness = builder.transform(new) @ topics.T
    assert likeness.argmax(axis=1)[[0, 2]].tolist() == [2, 1]
    assert not likeness[1].any()


def test_a_text_counts_once_and_a_saved_builder_needs_no_text_of_training(tmp_path: Path) -> None:
    twice = pd.concat([ROWS, ROWS.iloc[:10]])
    builder = TextVectors("summary", n_components=5).fit(twice)
    np.testing.assert_array_equal(builder.transform(ROWS), TextVectors("summary", n_components=5).fit_transform(ROWS))
    builder.save(tmp_path / "saved")
    np.testing.assert_array_equal(TextVectors.load(tmp_path / "saved").transform(ROWS), builder.transform(ROWS))


def test_a_row_without_text_gets_zeros() -> None:
    rows = pd.DataFrame({"summary": ["translation ribosome", None, " "]})
    builder = TextVectors("summary", n_components=3).fit(ROWS)
    with pytest.warns(KitWarning, match="'summary' has no text in 2 of 3 rows; they get zeros"):
        found = builder.transform(rows)
    assert found[0].any()
    assert not found[1:].any()


@pytest.mark.parametrize(
    ("rows", "given", "message"),
    [
        (ROWS, {"column": "sumary"}, "no column 'sumary' .did you mean 'summary'"),
        (pd.DataFrame({"summary": [1, 2]}), {}, "'summary' holds 1 at row 0, expected text"),
        (pd.DataFrame({"summary": ["", None]}), {}, "no text in any of 2 training rows"),
        (ROWS, {"min_texts": 100}, "no term is in 100 of the .* texts in column 'summary'; lower min_texts"),
    ],
)
def test_wrong_input(rows: pd.DataFrame, given: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        TextVectors(**{"column": "summary", **given}).fit(rows)  # type: ignore[arg-type]
