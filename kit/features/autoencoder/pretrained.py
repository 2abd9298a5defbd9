"""Starting from an autoencoder that was trained elsewhere; both must read the same columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from kit.errors import InputError
from kit.features.base import FeatureBuilder
from kit.features.processed import Scaled
from kit.features.vectors.texts import some

if TYPE_CHECKING:
    from kit.features.autoencoder.builder import Autoencoder


def require_alike(new: Autoencoder, block: FeatureBuilder, saved: Autoencoder) -> None:
    """Check that the weights of a saved autoencoder fit a new one and its fitted block.

    Raises:
        InputError: The saved one is not fitted, was made with other parameters, or reads other columns, or the same
            ones in another order.
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
    names, expected = (list(map(str, one.get_feature_names_out())) for one in (block, saved.block_))
    if names == expected:
        return
    absent, other = [n for n in expected if n not in names], [n for n in names if n not in expected]
    problems = [f"lacks {some(absent)}"] * bool(absent) + [f"has besides {some(other)}"] * bool(other)
    what = " and ".join(problems) or "has the same columns in another order"
    raise InputError(
        f"autoencoder: {new.pretrained} was trained on {len(expected)} columns, and of={new.of.kind} makes "
        f"{len(names)} here: it {what}; give the block with which it was trained, or train without pretrained"
    )


def with_scale_of(block: FeatureBuilder, saved: FeatureBuilder) -> FeatureBuilder:
    """Return a fitted block with the scale of a saved one, in whose units the weights were learnt.

    Only the scale is taken: what computes the columns is the block's own. Without a scale the block is returned.
    """
    if not isinstance(block, Scaled):
        return block
    scaled: Scaled = clone(block)
    for name, value in saved.fitted_state().items():
        setattr(scaled, name, value)
    scaled.of_ = block.of_
    return scaled
