"""Layout of a synthetic competition: its compounds, training pairs and hidden pairs of cell type and compound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kit.data.simulate.compounds import COMPOUNDS, Compound
from kit.data.simulate.designs import Design
from kit.data.simulate.streams import stream

Pair = tuple[int, int]
"""The position of a cell type in the design and of a compound in the layout."""


@dataclass(frozen=True)
class Layout:
    """The drawn compounds and pairs.

    Attributes:
        compounds: The compounds that take part, mechanism by mechanism.
        anchors: The positions of the anchors among them, ascending.
        train: The training pairs, compound by compound in random order, within a compound by cell type.
        test: The hidden pairs, cell type by cell type, within one sorted by the compound's name.
    """

    compounds: tuple[Compound, ...]
    anchors: tuple[int, ...]
    train: tuple[Pair, ...]
    test: tuple[Pair, ...]


def draw_layout(design: Design, seed: int) -> Layout:
    """Draw compounds, anchors and pairs; every count is the design's, whatever the seed."""
    rng = stream(seed, "layout")
    compounds = _draw_compounds(design, rng)
    anchors = _draw_anchors(design, compounds, rng)
    position = {compound.name: index for index, compound in enumerate(compounds)}
    others = np.setdiff1d(np.arange(len(compounds)), anchors)

    # Hidden cell types take their missing compounds from one shuffled list, so that none is missing in two of them.
    spare = iter(rng.permutation(others).tolist())
    measured: list[set[int]] = []
    for cell_type in design.cell_types:
        if cell_type.hidden:
            missing = {next(spare) for _ in range(cell_type.n_missing)}
        else:
            missing = set(rng.choice(others, cell_type.n_missing, replace=False).tolist())
        missing |= {position[name] for name in cell_type.missing_anchors}
        measured.append(set(range(len(compounds))) - missing)

    is_anchor = set(anchors)
    train = [
        (c, d)
        for d in rng.permutation(len(compounds)).tolist()
        for c, cell_type in enumerate(design.cell_types)
        if d in measured[c] and (not cell_type.hidden or d in is_anchor)
    ]
    test = [
        (c, d)
        for c, cell_type in enumerate(design.cell_types)
        if cell_type.hidden
        for d in sorted(measured[c] - is_anchor, key=lambda d: compounds[d].name)
    ]
    return Layout(compounds, anchors, tuple(train), tuple(test))


def _draw_compounds(design: Design, rng: np.random.Generator) -> tuple[Compound, ...]:
    """Take the named anchors, then mechanism by mechanism until there are enough: those of the named anchors first.

    Whole mechanisms, because what a compound shares with the others of its mechanism is part of what can be learned.
    """
    mechanisms = list(dict.fromkeys(compound.mechanism for compound in COMPOUNDS))
    first = {compound.mechanism for compound in COMPOUNDS if compound.name in design.named_anchors}
    shuffled = [mechanisms[index] for index in rng.permutation(len(mechanisms))]
    order = sorted(shuffled, key=lambda mechanism: mechanism not in first)
    ranked = sorted(COMPOUNDS, key=lambda compound: order.index(compound.mechanism))
    named = [compound for compound in ranked if compound.name in design.named_anchors]
    rest = [compound for compound in ranked if compound.name not in design.named_anchors]
    drawn = {compound.name for compound in (*named, *rest[: design.n_compounds - len(named)])}
    return tuple(compound for compound in ranked if compound.name in drawn)


def _draw_anchors(design: Design, compounds: tuple[Compound, ...], rng: np.random.Generator) -> tuple[int, ...]:
    """Add to the named anchors one random compound of each mechanism that has none, as long as there are places."""
    anchors = {index for index, compound in enumerate(compounds) if compound.name in design.named_anchors}
    candidates = [index for index in rng.permutation(len(compounds)).tolist() if index not in anchors]
    covered = {compounds[index].mechanism for index in anchors}
    later: list[int] = []
    for index in candidates:
        if len(anchors) < design.n_anchors and compounds[index].mechanism not in covered:
            anchors.add(index)
            covered.add(compounds[index].mechanism)
        else:
            later.append(index)
    anchors.update(later[: design.n_anchors - len(anchors)])
    return tuple(sorted(anchors))
