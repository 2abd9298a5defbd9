"""The covariance of a process as a recipe writes it: a sum of terms, each a product of factors over columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kit.errors import InputError, ParameterError, UnknownPluginError, did_you_mean
from kit.models.kernels.kernel import KERNELS, Kernel
from kit.plugins import parameters

Terms = list[dict[str, str | dict[str, Any]]]
"""What a recipe writes under ``terms``: for each term, the factor of every column that it reads."""

Form = Literal["free", "identity", "low_rank", "radial", "kernel"]

_WORDS = ("free", "identity")
_FORMS = ("free", "identity", "{low_rank: 30}", "{rbf: low_rank}", "{kernel: tanimoto, of: fingerprint}")
_RANK = 30


@dataclass(frozen=True)
class FactorSpec:
    """One factor of a term.

    Attributes:
        name: Its position in the recipe ("terms.1.sm_name"), under which its fitted parameters are kept.
        column: The name of the feature block that the recipe writes it for; all factors but kernels read the category
            codes in that block.
        form: "free", "identity", "low_rank", "radial" or "kernel".
        rank: The length of the latent vectors; 0 where there are none.
        kernel: The kernel, not fitted; None for other forms. It reads one feature block, its ``blocks[0]``.
    """

    name: str
    column: str
    form: Form
    rank: int = 0
    kernel: Kernel | None = None

    @property
    def block(self) -> str:
        """The feature block whose values it reads."""
        return self.column if self.kernel is None else self.kernel.get_params(deep=False)["blocks"][0]


Term = tuple[FactorSpec, ...]


def default_terms(context: str, item: str) -> Terms:
    """Return the covariance of a recipe that writes none: what rows of a context share, and what rows of an item share.

    Args:
        context: The column of contexts (cell types), of which there are few.
        item: The column of items (compounds), of which there are many.
    """
    return [
        {context: "free"},
        {context: "free", item: "identity"},
        {context: "free", item: {"low_rank": _RANK}},
        {context: "free", item: {"rbf": "low_rank"}},
    ]


def parse_terms(terms: Sequence[Mapping[str, Any]]) -> list[Term]:
    """Read terms as a recipe writes them.

    Raises:
        ParameterError: Something is wrong; the message begins with its place, such as "terms.1.sm_name: ".
    """
    if not terms:
        raise ParameterError("terms: there are none; write at least one, such as {cell_type: free}, or leave terms out")
    parsed = []
    for number, term in enumerate(terms):
        if not term:
            raise ParameterError(f"terms.{number}: it has no factor; name a column, such as {{cell_type: free}}")
        parsed.append(tuple(_factor(f"terms.{number}.{column}", column, form) for column, form in term.items()))
    _check_latent(parsed)
    return parsed


def blocks_named(terms: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield the feature blocks that terms name, as they are written and whether right or wrong, with their places."""
    for number, term in enumerate(terms if isinstance(terms, list) else []):
        for column, form in term.items() if isinstance(term, Mapping) else ():
            yield (number, column), column
            if isinstance(form, Mapping) and isinstance(form.get("of"), str):
                yield (number, column, "of"), form["of"]


def factors(terms: Sequence[Term]) -> Iterator[FactorSpec]:
    """Yield all factors, in order."""
    for term in terms:
        yield from term


def category_columns(terms: Sequence[Term]) -> list[str]:
    """Return the columns whose categories are read, each once, in order."""
    return list(dict.fromkeys(factor.column for factor in factors(terms) if factor.form != "kernel"))


def context_column(terms: Sequence[Term]) -> str | None:
    """Return the first column with a free factor, whose levels have a noise of their own; None without one."""
    return next((factor.column for factor in factors(terms) if factor.form == "free"), None)


def ranks(terms: Sequence[Term]) -> dict[str, int]:
    """Return the length of the latent vectors of each column that has them."""
    return {factor.column: factor.rank for factor in factors(terms) if factor.form == "low_rank"}


def checked_blocks(
    terms: Sequence[Term], blocks: Mapping[str, tuple[int, int]] | None
) -> Mapping[str, tuple[int, int]]:
    """Return where the feature blocks stand, after a check that all that terms name are there and none is left unread.

    Raises:
        InputError: They are not; the message says which name is nearest.
    """
    if blocks is None:
        raise InputError(
            "coregionalized_gp: terms name feature blocks, but the model was not told where they stand; give it "
            "blocks={name: (first column, past-the-end column)}, or no terms"
        )
    for factor in factors(terms):
        for block in (factor.column, factor.block):
            if block not in blocks:
                raise InputError(f"{factor.name}: there is no feature block {block!r}{did_you_mean(block, blocks)}")
        first, past = blocks[factor.block]
        if factor.kernel is None and past - first != 1:
            raise InputError(
                f"{factor.name}: the block {factor.block!r} has {past - first} columns; {factor.form} needs one column "
                "of category codes: give every key a block of its own (category_codes of one column), or write "
                f"{{kernel: rbf, of: {factor.block}}}"
            )
    read = {block for factor in factors(terms) for block in (factor.column, factor.block)}
    unread = [block for block in blocks if block not in read]
    if unread:
        raise InputError(
            f"terms: none reads {', '.join(map(repr, unread))}; name it in a term, or leave it out of the model's "
            "features"
        )
    return blocks


def _factor(name: str, column: str, form: Any) -> FactorSpec:
    if isinstance(form, str):
        if form not in _WORDS:
            raise ParameterError(f"{name}: there is no factor {form!r}{did_you_mean(form, _WORDS)}; {_known()}")
        return FactorSpec(name, column, form)  # type: ignore[arg-type]
    if isinstance(form, Mapping) and "kernel" in form:
        return _kernel_factor(name, column, form)
    if isinstance(form, Mapping) and len(form) == 1:
        word: Literal["low_rank", "rbf"] | str
        [(word, value)] = form.items()
        if word == "low_rank":
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ParameterError(
                    f"{name}: low_rank takes the length of the latent vectors, at least 1, got {value!r}"
                )
            return FactorSpec(name, column, "low_rank", value)
        if word == "rbf":
            if value != "low_rank":
                raise ParameterError(
                    f"{name}: rbf is over the column's latent vectors, {{rbf: low_rank}}, got {value!r}; over features "
                    "write {kernel: rbf, of: a feature block}"
                )
            return FactorSpec(name, column, "radial")
        raise ParameterError(
            f"{name}: there is no factor {word!r}{did_you_mean(str(word), ['low_rank', 'rbf', 'kernel'])}; {_known()}"
        )
    raise ParameterError(f"{name}: expected a factor, got {form!r}; {_known()}")


def _known() -> str:
    return f"factors are {', '.join(_FORMS)}"


def _kernel_factor(name: str, column: str, form: Mapping[str, Any]) -> FactorSpec:
    try:
        cls = KERNELS.get(form["kernel"])
    except UnknownPluginError as error:
        raise ParameterError(f"{name}: {error}") from None
    known = [parameter.name for parameter in parameters(cls)]
    if "blocks" not in known:
        raise ParameterError(f"{name}: the kernel {form['kernel']} reads no feature block of its own; use another one")
    block = form.get("of", column)
    if not isinstance(block, str):
        raise ParameterError(f"{name}: of names one feature block, got {block!r}")
    given = {key: value for key, value in form.items() if key not in ("kernel", "of")}
    for key in given:
        if key not in known or key == "blocks":
            options = [option for option in ("of", *known) if option != "blocks"]
            raise ParameterError(
                f"{name}: the kernel {form['kernel']} takes no {key!r}{did_you_mean(str(key), options)}"
            )
    kernel: Kernel = cls(**{"blocks": [block], **given})
    try:
        kernel.check_parameters()
    except ParameterError as error:
        raise ParameterError(f"{name}: {error}") from None
    return FactorSpec(name, column, "kernel", kernel=kernel)


def _check_latent(terms: Sequence[Term]) -> None:
    """Check that each column has one length of latent vectors, where it has a factor over them."""
    lengths: dict[str, int] = {}
    for factor in factors(terms):
        if factor.form == "low_rank" and lengths.setdefault(factor.column, factor.rank) != factor.rank:
            raise ParameterError(
                f"{factor.name}: low_rank {factor.rank}, and {lengths[factor.column]} in an earlier term; a column has "
                "one set of latent vectors: give the same number"
            )
    for factor in factors(terms):
        if factor.form == "radial" and factor.column not in lengths:
            raise ParameterError(
                f"{factor.name}: {factor.column!r} has no latent vectors; add a term with {{low_rank: {_RANK}}} on it"
            )
