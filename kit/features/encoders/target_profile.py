"""Mean response to the same compound in its other rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge

from kit.arrays import Floats
from kit.features.base import FEATURES, Projector
from kit.features.encoders.profiles import ProfileBuilder
from kit.plugins import ColumnOf, Supplied


@FEATURES.register("target_profile")
@dataclass(eq=False, repr=False)
class TargetProfile(ProfileBuilder):
    """Mean profile of the same compound over its other rows, optionally with each cell type's mean subtracted.

    For a new row the mean over all of the compound's training rows; for a training row over all but itself. With
    ``center`` the mean of each row's cell type is taken off first, so that a compound measured in few cell types is
    not mistaken for them: what remains is the compound's own effect. A training row's features are computed without
    its target in every place: where another row of the compound shares its cell type, that cell type's mean leaves
    the row out as well. Giving a row any other target leaves its features as they are, to the bit.

    A compound without other rows gets the prior: the mean over all (other) training rows, or zero when centred.

    With ``per`` there is one such profile for every category of a further column, such as the cell type in which the
    compound was measured, over the compound's rows there alone; and a column for each that is 1 where it has any. What
    was not measured gets that category's prior: the mean over its (other) rows, or zero when centred.

    Targets may have gaps (NaN): all means are then those of what was measured, target by target.

    As with `leave_one_out`, a model that knows which compound a row is of can work out its target from the profile, a
    sum without it. Features of many components give it room to; do not put the compound's one-hot columns beside it in
    front of a model that can memorise. `gene_profile` is the same over single targets.

    Args:
        by: The column of what is profiled: the compound, or the cell type.
        center: The column whose categories' means are taken off, such as "cell_type"; None for raw profiles.
        shrinkage: Rows that the prior counts as (with ``weights``, their weight).
        per: The column whose categories make a block of features each, such as "cell_type"; None for one over all
            rows. New rows need not have it.
        weights: A numeric column of what each row counts as in all means, at least 0, such as its number of cells;
            None for all alike. New rows need not have it.
        projector: The recipe's fitted target transform.

    Attributes:
        categories_: The sorted categories of ``by``, (n_categories,) str.
        sources_: The sorted categories of ``per``, (n_sources,) str; one empty name without ``per``.
        table_: (n_categories + 1, n_features) float32 features of new rows; the last is an unseen category's, the
            prior.
    """

    by: Annotated[str, ColumnOf("label")] = "sm_name"
    center: Annotated[str | None, ColumnOf("label", fitting=True)] = None
    shrinkage: Annotated[float, Ge(0)] = 0.0
    per: Annotated[str | None, ColumnOf("label")] = None
    weights: Annotated[str | None, ColumnOf("number", fitting=True)] = None
    projector: Annotated[Projector | None, Supplied("the recipe's target transform")] = None

    def _values(self, targets: Floats) -> Floats:
        return self._early(targets)

    def _column_names(self) -> list[str]:
        n_masks = 0 if self.per is None else len(self.sources_)
        return [str(place) for place in range((self.table_.shape[1] - n_masks) // len(self.sources_))]
