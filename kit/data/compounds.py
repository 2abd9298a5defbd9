"""Metadata of compounds (structure and the like): given in some rows of a compound, filled in for all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pandas as pd

from kit.chemistry import canonical_smiles, has_rdkit
from kit.data.mistakes import count, some
from kit.values import canonical_texts


@dataclass(frozen=True)
class Rows:
    """Rows of a table, and how a message names one of them.

    Attributes:
        frame: Their columns as canonical text (see `kit.values`), None where a value is missing.
        place: Returns the name of a row by its position: "train.parquet row 7".
    """

    frame: pd.DataFrame
    place: Callable[[int], str]


@dataclass
class Completed:
    """Tables with what is known of their compounds.

    Attributes:
        frames: The tables' columns in the given order, with the metadata that were filled in.
        mistakes: Compounds with two structures, structures that RDKit cannot parse.
        warnings: What was filled in or is written in several ways, and which compounds have no structure.
    """

    frames: list[pd.DataFrame]
    mistakes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Structure:
    """A structure as it is written, the row where it stands first, and the form that all its spellings share."""

    smiles: str
    place: str
    form: str


def complete_compounds(
    tables: Sequence[Rows], compound: str | None, smiles: str | None, metadata: Sequence[str]
) -> Completed:
    """Fill in what other rows of a compound say, and write every structure in one way.

    A structure is written as it stands first; spellings are told to be one by RDKit's canonical SMILES. Any other
    column is a property of the compound, and is filled in, if no compound has two values in it.

    Args:
        tables: The training rows, the rows to predict, others.
        compound: The column of the compound, which all tables have.
        smiles: The column of its structure, one of ``metadata``, or a key (which is left as it is).
        metadata: The columns that may be filled in, or added where a table has not got them.
    """
    done = Completed([table.frame.copy() for table in tables])
    of_compound: dict[str, _Structure] = {}
    if smiles is not None:
        forms = _forms(tables, smiles, compound, done)
        if compound is not None:
            of_compound = _structures(tables, compound, smiles, forms, done)
        if smiles in metadata:
            _write_once(done, smiles, forms)
    if compound is None:
        return done
    for name in (other for other in metadata if other != compound):
        if name == smiles:
            _fill(done, name, compound, {one: structure.smiles for one, structure in of_compound.items()})
        elif (by_compound := _constant(done.frames, compound, name)) is not None:
            _fill(done, name, compound, by_compound)
    if smiles is not None:
        _name_compounds_without(done, compound, smiles, of_compound)
    return done


def as_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a competition's rows as canonical text."""
    return pd.DataFrame({name: pd.Series(canonical_texts(frame[name]), dtype=object) for name in frame.columns})


def _forms(tables: Sequence[Rows], smiles: str, compound: str | None, done: Completed) -> dict[str, str]:
    """Return the form of every structure as written: RDKit's, or itself where RDKit is not there or cannot parse it."""
    places: dict[str, tuple[str, str]] = {}
    for table in tables:
        if smiles in table.frame:
            known = table.frame.loc[table.frame[smiles].notna()].drop_duplicates(smiles)
            names = known[compound if compound is not None else smiles]
            for index, text, name in zip(known.index, known[smiles], names, strict=True):
                places.setdefault(text, (table.place(index), name))
    if not has_rdkit():
        done.warnings.append(
            f"the {smiles} were not checked, RDKit is not installed (pip install 'perturbation-kit[chem]')"
        )
        return {text: text for text in places}
    forms = dict(zip(places, canonical_smiles(list(places)), strict=True))
    done.mistakes += [
        f"{places[text][0]}, column {smiles!r}: RDKit cannot parse {text!r} of {places[text][1]!r}; correct it or "
        "leave it empty where the structure is unknown"
        for text, form in forms.items()
        if not form
    ]
    return {text: form or text for text, form in forms.items()}


def _structures(
    tables: Sequence[Rows], compound: str, smiles: str, forms: dict[str, str], done: Completed
) -> dict[str, _Structure]:
    """Return every compound's structure; one with two is a mistake that shows both."""
    first: dict[str, _Structure] = {}
    conflicts: dict[str, str] = {}
    written: dict[str, str] = {}
    for table in tables:
        if smiles not in table.frame:
            continue
        for index, name, text in table.frame[[compound, smiles]].dropna().drop_duplicates().itertuples():
            form = forms[text]
            structure = _Structure(written.setdefault(form, text), table.place(index), form)
            other = first.setdefault(name, structure)
            if form != other.form and name not in conflicts:
                hint = "" if has_rdkit() else "; with RDKit installed, two spellings of one structure are no mistake"
                conflicts[name] = (
                    f"{compound} {name!r} has two SMILES: {other.smiles!r} ({other.place}) and {text!r} "
                    f"({structure.place}); keep one{hint}"
                )
    done.mistakes += conflicts.values()
    return first


def _write_once(done: Completed, smiles: str, forms: dict[str, str]) -> None:
    """Write every structure as it stands first."""
    spelt: dict[str, list[str]] = {}
    for text, form in forms.items():  # in the order of the tables' rows
        spelt.setdefault(form, []).append(text)
    several = [texts for texts in spelt.values() if len(texts) > 1]
    if not several:
        return
    for frame in done.frames:
        if smiles in frame:
            frame[smiles] = frame[smiles].map(lambda text: None if text is None else spelt[forms[text]][0])
    done.warnings.append(
        f"{count(len(several), 'structure')} written in several ways: {some(several[0])} are one structure; each is "
        "read as it stands first"
    )


def _constant(frames: Sequence[pd.DataFrame], compound: str, name: str) -> dict[str, str] | None:
    """Return a column's value by compound; None where a compound has two."""
    known = pd.concat([frame[[compound, name]] for frame in frames if name in frame]).dropna().drop_duplicates()
    if known[compound].duplicated().any():
        return None
    return dict(zip(known[compound], known[name], strict=True))


def _fill(done: Completed, name: str, compound: str, by_compound: dict[str, str]) -> None:
    """Put a compound's value where a row has none; tables without the column get it."""
    filled: list[str] = []
    for frame in done.frames:
        known = frame[compound].map(by_compound)
        if name in frame:
            gaps = frame[name].isna() & known.notna()
            filled += frame.loc[gaps, compound].tolist()
            known = frame[name].where(~gaps, known)
        frame[name] = pd.Series([None if pd.isna(value) else value for value in known], frame.index, dtype=object)
    if filled:
        done.warnings.append(
            f"{name}: {count(len(filled), 'gap')} filled in from other rows of the same {compound}: "
            f"{some(dict.fromkeys(filled))}"
        )


def _name_compounds_without(done: Completed, compound: str, smiles: str, known: dict[str, _Structure]) -> None:
    """Warn of compounds without a structure."""
    compounds = dict.fromkeys(name for frame in done.frames for name in frame[compound] if name is not None)
    unknown = [name for name in compounds if name not in known]
    if unknown:
        done.warnings.append(
            f"{count(len(unknown), 'compound')} without {smiles}: {some(unknown)}; features of the structure treat "
            f"{'it' if len(unknown) == 1 else 'them'} as unknown"
        )
