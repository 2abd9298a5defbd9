from __future__ import annotations

from typing import Any

import pytest

from kit.errors import InputError, ParameterError
from kit.models.processes.terms import checked_blocks, context_column, default_terms, factors, parse_terms, ranks

LOW_RANK = {"cell": "free", "drug": {"low_rank": 5}}


def test_the_default_terms() -> None:
    parsed = parse_terms(default_terms("cell", "drug"))
    assert [[(spec.column, spec.form) for spec in term] for term in parsed] == [
        [("cell", "free")],
        [("cell", "free"), ("drug", "identity")],
        [("cell", "free"), ("drug", "low_rank")],
        [("cell", "free"), ("drug", "radial")],
    ]
    assert ranks(parsed) == {"drug": 30}
    assert context_column(parsed) == "cell"


def test_a_kernel_is_constructed_with_its_parameters() -> None:
    [[spec]] = parse_terms([{"drug": {"kernel": "rbf", "of": "structure", "gamma": 0.5}}])
    assert spec.kernel is not None
    assert (spec.block, spec.kernel.get_params()) == ("structure", {"gamma": 0.5, "blocks": ["structure"]})
    [[own]] = parse_terms([{"dose": {"kernel": "rbf"}}])
    assert own.block == "dose"


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ([], "terms: there are none"),
        ([{}], "terms.0: it has no factor"),
        ([{"cell": "fre"}], r"terms.0.cell: there is no factor 'fre' \(did you mean 'free'\?\)"),
        ([{"cell": "free"}, {"drug": {"low_rnk": 3}}], r"terms.1.drug: .*'low_rnk' \(did you mean 'low_rank'\?\)"),
        (
            [{"drug": {"low_rank": 0}}],
            "terms.0.drug: low_rank takes the length of the latent vectors, at least 1, got 0",
        ),
        ([{"drug": {"low_rank": True}}], "terms.0.drug: low_rank takes"),
        ([{"drug": {"rbf": "fingerprint"}}], "terms.0.drug: rbf is over the column's latent vectors"),
        ([{"drug": {"rbf": "low_rank"}}], "terms.0.drug: 'drug' has no latent vectors; add a term"),
        ([LOW_RANK, {"drug": {"low_rank": 6}}], "terms.1.drug: low_rank 6, and 5 in an earlier term"),
        ([{"drug": {"low_rank": 3, "rbf": 2}}], "terms.0.drug: expected a factor"),
        ([{"drug": 3}], "terms.0.drug: expected a factor, got 3"),
        ([{"drug": {"kernel": "tanimto"}}], "terms.0.drug: .*'tanimto'.*did you mean 'tanimoto'"),
        ([{"drug": {"kernel": "rbf", "gama": 1.0}}], r"terms.0.drug: the kernel rbf takes no 'gama' \(did you mean"),
        ([{"drug": {"kernel": "rbf", "blocks": ["a"]}}], "terms.0.drug: the kernel rbf takes no 'blocks'"),
        ([{"drug": {"kernel": "rbf", "gamma": -1.0}}], "terms.0.drug: .*gamma"),
        ([{"drug": {"kernel": "rbf", "of": ["a"]}}], "terms.0.drug: of names one feature block"),
        ([{"drug": {"kernel": "product"}}], "terms.0.drug: the kernel product reads no feature block of its own"),
    ],
)
def test_mistakes_are_placed(terms: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        parse_terms(terms)


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ([{"cel": "free"}], r"terms.0.cel: there is no feature block 'cel' \(did you mean 'cell'\?\)"),
        ([{"drug": {"kernel": "tanimoto", "of": "bit"}}], r"terms.0.drug: .*'bit' \(did you mean 'bits'\?\)"),
        ([{"drg": {"kernel": "tanimoto", "of": "bits"}}], "terms.0.drg: there is no feature block 'drg'"),
        ([{"bits": "free"}], "terms.0.bits: the block 'bits' has 4 columns; free needs one column of category codes"),
        ([LOW_RANK], "terms: none reads 'bits'"),
    ],
)
def test_blocks_that_are_not_there(terms: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        checked_blocks(parse_terms(terms), {"cell": (0, 1), "drug": (1, 2), "bits": (2, 6)})


def test_terms_that_read_every_block_pass() -> None:
    terms = parse_terms([LOW_RANK, {"drug": {"kernel": "tanimoto", "of": "bits"}}])
    checked_blocks(terms, {"cell": (0, 1), "drug": (1, 2), "bits": (2, 6)})
    assert len(list(factors(terms))) == 3
