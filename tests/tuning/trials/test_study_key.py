from __future__ import annotations

import pytest

from kit.data import Competition
from kit.errors import StateError
from kit.features.encoders.target_profile import TargetProfile
from kit.metrics import MRRMSE
from kit.models import Ridge, Zeros
from kit.models.kernels.pairwise import Cosine
from kit.training.planning.plan import make_folds
from kit.tuning.trials.study_key import check_study_key, reference_recipe, study_key
from tests.tuning.conftest import RIDGE, MakeSearch

CODE = "code of plug-ins or version of a library"
KERNELS = RIDGE.replace("kind: ridge", "kind: kernel_ridge").replace(
    "fit_intercept: {choice",
    "kernel: {choice: [{kind: rbf}, {kind: cosine}], value: {kind: rbf}}\n      fit_intercept: {choice",
)


def key_of(make_search: MakeSearch, competition: Competition, text: str) -> dict[str, str]:
    search = make_search(text)
    config = reference_recipe(search).config
    folds = dict(enumerate(make_folds(config, competition)))
    return study_key(search, config, competition, folds, "mean", None)


@pytest.mark.parametrize(
    ("text", "cls", "counts"),
    [
        (RIDGE, Ridge, True),
        (RIDGE, TargetProfile, True),
        (RIDGE, MRRMSE, True),
        (KERNELS, Cosine, True),  # one of the choices, not the present value
        (RIDGE, Zeros, False),
    ],
)
def test_the_code_of_the_plugins_is_in_the_key(
    make_search: MakeSearch,
    competition: Competition,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    cls: type,
    counts: bool,
) -> None:
    before = key_of(make_search, competition, text)
    described = {"packages": {"theirs": {"version": "2.0"}}}
    monkeypatch.setattr("kit.training.planning.versions.provenance", lambda one: described if one is cls else {})
    after = key_of(make_search, competition, text)
    assert (after[CODE] != before[CODE]) == counts
    assert {name for name in after if after[name] != before[name]} <= {CODE}
    if counts:
        with pytest.raises(StateError, match=rf"begun with another {CODE}; its trials cannot be compared"):
            check_study_key("mine", before, after)
    else:
        check_study_key("mine", before, after)
