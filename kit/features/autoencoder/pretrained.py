"""Starting from an autoencoder that was trained elsewhere; both must read the same columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Ints
from kit.errors import InputError
from kit.features.base import FeatureBuilder
from kit.features.processed import Scaled
from kit.features.vectors.texts import some

if TYPE_CHECKING:
    from kit.features.autoencoder.builder import Autoencoder


def matched_columns(new: Autoencoder, block: FeatureBuilder, saved: Autoencoder) -> Ints:
    """Return the places of the columns of a new block in the order in which a saved autoencoder reads them.

    Raises:
        InputError: The saved one is not fitted, was made with other parameters, or reads other columns.
    """
    try:
        check_is_fitted(saved, "weights_")
    except NotFittedError:
        raise InputError(f"autoencoder: what {new.pretrained} holds was saved before it was fitted") from None
    for name in ("layers", "bottleneck", "scaling"):
        here, there = getattr(new, name), getattr(saved, name)
        if here != there:
            raise InputError(
                f"autoencoder: {new.pretrained} was trained with {name}={there!r}, here it is {here!r}; give {there!r}"
            )
    names, expected = list(map(str, block.get_feature_names_out())), saved.column_names()
    absent, other = [n for n in expected if n not in names], [n for n in names if n not in expected]
    if not absent and not other:
        places = {name: place for place, name in enumerate(names)}
        return np.array([places[name] for name in expected], dtype=np.intp)
    what = " and ".join([f"lacks {some(absent)}"] * bool(absent) + [f"has besides {some(other)}"] * bool(other))
    raise InputError(
        f"autoencoder: {new.pretrained} was trained on {len(expected)} columns, and of={new.of.kind} makes "
        f"{len(names)} here: it {what}; give the block with which it was trained, or train without pretrained"
    )


def with_scale_of(block: FeatureBuilder, saved: Autoencoder, order: Ints) -> FeatureBuilder:
    """Return a fitted block with the scale of a saved autoencoder's, in whose units the weights were learnt.

    Only the scale is taken: what computes the columns is the block's own. Without a scale the block is returned.

    Args:
        block: The new block.
        saved: The saved autoencoder.
        order: (n_columns,) see `matched_columns`.
    """
    if not isinstance(block, Scaled):
        return block
    scaled: Scaled = clone(block)
    # A column of the new block has the scale of that of the same name in the saved one.
    places = saved.order_[np.argsort(order)]
    for name, value in saved.block_.fitted_state().items():
        setattr(scaled, name, value[..., places] if isinstance(value, np.ndarray) else value)
    scaled.of_ = block.of_
    return scaled
