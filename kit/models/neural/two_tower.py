"""A network of two towers for two kinds of features whose effects multiply: cells and compounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from annotated_types import Ge, Lt, MinLen

from kit.arrays import Floats
from kit.errors import InputError, did_you_mean
from kit.models.neural.base import Blocks, NetworkModel, network
from kit.models.neural.loop.cost import dense_multiplications, training_seconds

if TYPE_CHECKING:
    import torch

Count = Annotated[int, Ge(1)]
Names = Annotated[list[str], MinLen(1)]

HIDDEN, HEAD_HIDDEN = [64, 32], [64]
"""Widths of each tower and of the head where none are given."""

# Seconds for a multiplication forward and backward, one thread of an AMD EPYC, torch 2.13.
_SECONDS_MULTIPLICATION = 1e-10


@network("two_tower")
class TwoTower(NetworkModel):
    """Two networks, of cells and of compounds, joined by their products.

    Tower a reads the blocks named in ``left``, tower b those in ``right``; the head reads [a, b, a∘b], or with
    ``rank`` the low-rank bilinear form [a, b, (Ua)∘(Vb)] (Kim et al., "Hadamard product for low-rank bilinear
    pooling", ICLR 2017). A plain network must learn such products from its hinges, and needs more rows for it. Towers
    that are joined by products are how recommenders and latent-factor models of perturbation see a pair; no winner of
    "Open Problems – Single-Cell Perturbations" had one, the nearest is ScAPE's (inputs of compound and cell apart).

    Args:
        left: Names of the recipe's feature blocks that the first tower reads (the cell).
        right: Names of those that the second one reads (the compound). A block may be in both, and must be in one.
        hidden: Widths of each tower's layers (Linear → Dropout → ReLU); the last is the width of a and b, linear. None
            means [64, 32].
        rank: Number of products; None multiplies a and b value by value.
        head_hidden: Widths of the head's hidden layers; None means [64], an empty list none.
        dropout: Share of hidden values that are dropped in training.

    How it is trained: `kit.models.neural.loop.options.TrainingOptions`.
    """

    left: Names
    right: Names
    hidden: Annotated[list[Count], MinLen(1)] | None = None
    rank: Count | None = None
    head_hidden: list[Count] | None = None
    dropout: Annotated[float, Ge(0), Lt(1)] = 0.1

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds, from the multiplications of towers and head."""
        hidden, products = self._hidden(), self.rank or self._hidden()[-1]
        towers = n_features * hidden[0] + 2 * dense_multiplications(hidden) + 2 * hidden[-1] * (self.rank or 0)
        dense = dense_multiplications([2 * hidden[-1] + products, *self._head_hidden(), n_outputs])
        return training_seconds(self, n_rows, towers + dense, [(towers + dense, _SECONDS_MULTIPLICATION)])

    def _learn(self, X: Floats, blocks: Blocks) -> None:
        """Check that the towers' blocks are there and that no block is read by neither.

        Raises:
            InputError: The message says which name is nearest.
        """
        for side, names in {"left": self.left, "right": self.right}.items():
            for name in names:
                if name not in blocks:
                    raise InputError(f"two_tower: {side} names the block {name!r}{did_you_mean(name, blocks)}")
            if len(set(names)) < len(names):
                raise InputError(f"two_tower: {side} names a block twice: {', '.join(names)}")
            if not sum(past - first for first, past in (blocks[name] for name in names)):
                raise InputError(f"two_tower: the blocks of {side} ({', '.join(names)}) have no columns")
        unread = [name for name in blocks if name not in self.left and name not in self.right]
        if unread:
            raise InputError(
                f"two_tower: no tower reads {', '.join(map(repr, unread))}; name it in left or right, or leave it out "
                "of the model's features"
            )

    def _module(self, n_features: int, n_outputs: int, blocks: Blocks) -> torch.nn.Module:
        from kit.models.neural.modules.two_tower import TwoTowerNetwork

        left, right = ([blocks[name] for name in names] for names in (self.left, self.right))
        hidden, head_hidden = self._hidden(), self._head_hidden()
        return TwoTowerNetwork(left, right, n_outputs, hidden, self.rank, head_hidden, self.dropout)

    def _hidden(self) -> list[int]:
        return HIDDEN if self.hidden is None else self.hidden

    def _head_hidden(self) -> list[int]:
        return HEAD_HIDDEN if self.head_hidden is None else self.head_hidden
