"""What the columns of a table mean, guessed from names and values, each with the reason."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import combinations

from kit.data.mistakes import count, some
from kit.data.tables.table import Table
from kit.errors import InputError, did_you_mean
from kit.starting.patterns import exact_pattern, family_of, from_shell
from kit.starting.profile import Column, Profile

ROLES = ("targets", "id", "keys", "replicate", "group", "compound", "smiles", "weight")
"""What a user can say, in the order in which it is guessed."""

NONE = "-"
"""What a user answers where there is no such column."""

_TARGET = re.compile(r"(y|targets?|labels?|outputs?|responses?|genes?|readouts?)[\W_#]*", re.IGNORECASE)
_METADATA = re.compile(r"metadata[\W_]", re.IGNORECASE)
_ID = re.compile(r"(.*[\W_])?(id|index|row)", re.IGNORECASE)
_WEIGHT = re.compile(r"(.*[\W_])?(weights?|w)", re.IGNORECASE)
_SMILES = re.compile(r"smiles", re.IGNORECASE)
_COMPOUND = re.compile(r"compound|drug|sm_name|molecule|pert|treatment|inhibitor|chemical|ligand|guide", re.IGNORECASE)
_NO_COMPOUND = re.compile(r"well|plate|dose|conc|time|type|class|control|vehicle|solvent", re.IGNORECASE)
_GROUP = re.compile(r"cell|line|tissue|context|donor|patient|organ|species|strain|subject", re.IGNORECASE)
_REPLICATE = re.compile(r"rep|donor|plate|batch|well|run|sample|number", re.IGNORECASE)
_CONDITION = re.compile(r"dose|conc|time|hour|day", re.IGNORECASE)

_STRUCTURE = re.compile(r"[A-Za-z0-9@+\-\[\]()=#$%/\\.:*]+")
_FEW_TEXTS = 8
"""Text columns among which keys are looked for."""


@dataclass(frozen=True)
class Guess:
    """What the columns mean.

    Attributes:
        targets: The columns to predict.
        id: The column that names a row to predict; None where rows are numbered.
        keys: The columns that together name a training row; none where rows are numbered.
        replicate: The column that tells rows of the same keys apart.
        group: The column by which scores are broken down.
        compound: The column of compounds.
        smiles: The column of their structures.
        weight: The column of the rows' weights.
        metadata: The other columns, in the table's order.
        target_pattern: A regular expression that chooses the targets and nothing else, where one is known.
        gaps: The number of cells of the targets without a value.
        reasons: Why, by role.
        remarks: What a user should know besides.
    """

    targets: tuple[str, ...]
    id: str | None
    keys: tuple[str, ...]
    replicate: str | None
    group: str | None
    compound: str | None
    smiles: str | None
    weight: str | None
    metadata: tuple[str, ...]
    target_pattern: str | None
    gaps: int
    reasons: Mapping[str, str]
    remarks: tuple[str, ...] = ()

    def shown(self, role: str) -> str:
        """Return what is guessed for a role, as a person reads it."""
        value = getattr(self, role)
        if role == "targets":
            return f"{len(self.targets)}: {some(self.targets)}"
        if isinstance(value, tuple):
            return ", ".join(value) or ("none" if role == "metadata" else "the row's number")
        return value or ("the row's number" if role == "id" else "none")


@dataclass
class _Guessing:
    """The tables, what the user said, and what has been found so far."""

    train: Profile
    test: Profile | None
    sample: Table | None
    answers: Mapping[str, str]
    reasons: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def known_of_new_rows(self, name: str) -> bool:
        """Whether the rows to predict have a column, with a value in one of them at least."""
        if self.test is None:
            return True
        column = self.test.columns.get(name)
        return column is not None and column.gaps < self.test.n_rows

    def answered(self, role: str) -> str | None:
        """Return what the user said of a role; None where nothing was said."""
        answer = self.answers.get(role)
        if answer is not None:
            self.reasons[role] = "as you say"
        return answer

    def one_column(self, role: str, known: Mapping[str, Column]) -> tuple[bool, str | None]:
        """Return whether the user said which column has a role, and which that is."""
        answer = self.answered(role)
        if answer is None:
            return False, None
        if answer in (NONE, ""):
            return True, None
        if answer not in known:
            raise InputError(f"{role}: there is no column {answer!r}{did_you_mean(answer, known)}")
        return True, answer


def guess(
    train: Profile, test: Profile | None = None, sample: Table | None = None, answers: Mapping[str, str] | None = None
) -> Guess:
    """Guess what the columns mean.

    Args:
        train: The training table.
        test: The table of the rows to predict.
        sample: The layout of a submission.
        answers: What the user said, by role (`ROLES`): names with commas between them, shell patterns for targets, "-"
            for none.

    Raises:
        InputError: There are no numbers, a pattern matches no column, an answer names none, or the two tables have
            nothing in common.
    """
    at = _Guessing(train, test, sample, answers or {})
    if not train.of_kind("number"):
        raise InputError(
            f"{train.table.path}: no column holds numbers ({len(train.columns)} columns: {some(train.columns)}); what "
            "is to be predicted are columns of numbers"
        )
    targets, pattern = _targets(at)
    left = {name: column for name, column in train.columns.items() if name not in set(targets)}
    if test is not None and not any(at.known_of_new_rows(name) for name in left):
        raise InputError(
            f"{test.table.path}: none of its columns ({some(test.columns)}) is one of {train.table.path} besides the "
            f"targets ({some(left) or 'there are none'}), so that nothing is known of the rows to predict; do the two "
            "files belong together?"
        )
    row_id = _id(at)
    smiles = _smiles(at, left)
    compound = _compound(at, left, smiles)
    guessed = smiles is not None and "smiles" not in at.answers
    if guessed and compound is not None and not _follows(train, str(smiles), compound):
        pairs = train.frame([compound, str(smiles)]).dropna().drop_duplicates()
        name = pairs.loc[pairs[compound].duplicated(), compound].iloc[0]
        at.reasons["smiles"] = f"{smiles} would be it, but {name!r} has two: make them one, and say so here"
        smiles = None
    group = _group(at, left, {smiles, compound})
    replicate = _replicate(at, left, group, compound)
    keys = _keys(at, left, smiles, group, compound, replicate)
    if len(keys) == 2 and compound is None and "compound" not in at.answers:
        fewer, more = sorted(keys, key=lambda name: left[name].different)
        if group in (None, fewer):
            group, compound = fewer, more
            at.reasons["group"] = at.reasons["compound"] = "of the two keys, the one with fewer values is the group"
    weight = _weight(at, left)
    named = {*keys, *([row_id] if row_id is not None else [])}
    metadata = tuple(name for name in left if name not in named and name != weight and name.strip())
    at.reasons["metadata"] = "all other columns"
    gone = [name for name in metadata if not at.known_of_new_rows(name) and not _follows(train, name, compound)]
    if test is not None and gone:
        at.remarks.append(f"{test.table.path.name} does not have {some(gone)}: no feature can be made of it")
    gaps = sum(train.columns[name].gaps for name in targets)
    return Guess(
        targets=tuple(targets),
        id=row_id,
        keys=tuple(keys),
        replicate=replicate,
        group=group,
        compound=compound,
        smiles=smiles,
        weight=weight,
        metadata=metadata,
        target_pattern=pattern,
        gaps=gaps,
        reasons=at.reasons,
        remarks=tuple(at.remarks),
    )


def _follows(train: Profile, name: str, compound: str | None) -> bool:
    """Whether no compound has two values in a column, so that it is known wherever the compound is."""
    if compound is None:
        return False
    return not train.frame([compound, name]).dropna().drop_duplicates()[compound].duplicated().any()


def _targets(at: _Guessing) -> tuple[list[str], str | None]:
    """Return the targets, and a regular expression that chooses them where there is one."""
    train = at.train
    names = list(train.columns)
    # The targets of an .h5ad file are in its matrix; CellProfiler's tables call what is none Metadata_….
    offered = {name for name in train.table.candidates if not _METADATA.match(name) and not _WEIGHT.fullmatch(name)}
    numbers = [c for c in train.of_kind("number") if c.name in offered - {at.answers.get("weight")}]
    if not numbers and "targets" not in at.answers:
        raise InputError(
            f"{train.table.path}: no column of numbers looks like one to be predicted; name them with --target 'y*'"
        )
    if (answer := at.answered("targets")) is not None:
        return _matched(train, [part.strip() for part in answer.split(",") if part.strip()])
    if at.sample is not None:
        asked = set(at.sample.columns)
        found = [column.name for column in numbers if column.name in asked]
        at.reasons["targets"] = f"the columns that {at.sample.path.name} asks for"
    elif at.test is not None:
        found = [column.name for column in _of_one_kind([c for c in numbers if not at.known_of_new_rows(c.name)])]
        at.reasons["targets"] = f"columns of numbers that {at.test.table.path.name} does not have"
        if not found:
            raise InputError(
                f"{at.test.table.path} has every column of numbers that {train.table.path} has; say which of them are "
                "to be predicted with --target, such as --target 'y*'"
            )
    else:
        found, at.reasons["targets"] = _by_name(numbers)
    pattern = exact_pattern(found, [name for name in names if name not in set(found)]) if len(found) > 1 else None
    return found, pattern


def _matched(train: Profile, patterns: Sequence[str]) -> tuple[list[str], str | None]:
    """Return the columns of numbers that shell patterns match."""
    names, path = list(train.columns), train.table.path
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in names):
            raise InputError(
                f"--target {pattern!r} matches none of the {len(names)} columns of {path} ({some(names)}); it is a "
                "shell pattern of the whole name: * stands for any letters, ? for one"
            )
    found = [name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns)]
    if not found:
        raise InputError("--target: name the columns to be predicted, such as --target 'y*'")
    wrong = [name for name in found if train.columns[name].holds != "number"]
    if wrong:
        raise InputError(f"--target: {some(wrong)} of {path} hold no numbers; targets are columns of numbers")
    return found, "|".join(from_shell(pattern) for pattern in patterns)


def _of_one_kind(numbers: list[Column]) -> list[Column]:
    """Return columns without those of whole numbers, where most are measured on a finer scale (counts, doses)."""
    measured = [column for column in numbers if not column.whole]
    return measured if len(measured) > len(numbers) / 2 else numbers


def _by_name(numbers: list[Column]) -> tuple[list[str], str]:
    """Return the targets where nothing but names and values can tell, and why."""
    families: dict[str, list[str]] = {}
    for column in numbers:
        families.setdefault(family_of(column.name), []).append(column.name)
    called = [name for family, names in families.items() if _TARGET.fullmatch(family) for name in names]
    if called:
        return called, "they are called so"
    largest = max(families.values(), key=len)
    if len(largest) > max(2, len(numbers) / 2):
        return largest, "most columns of numbers, whose names differ in numbers alone"
    return [column.name for column in _of_one_kind(numbers)], "all columns of numbers; --target says it otherwise"


def _id(at: _Guessing) -> str | None:
    known = at.test.columns if at.test is not None else {}
    said, name = at.one_column("id", known)
    if said:
        return name
    at.reasons["id"] = "nothing names the rows to predict" if at.test is not None else "there are no rows to predict"
    offered = [c.name for c in known.values() if at.test is not None and c.different == at.test.n_rows and not c.gaps]
    if at.sample is not None:
        in_sample = [name for name in offered if name in at.sample.columns]
        if in_sample:
            at.reasons["id"] = f"names every row, in {at.sample.path.name} too"
            return in_sample[0]
    called = [name for name in offered if _ID.fullmatch(name)]
    texts = [name for name in offered if known[name].holds == "text" and name in at.train.columns]
    for found, why in ((called, "different in every row to predict, and called so"), (texts, "names every row")):
        if found:
            at.reasons["id"] = why
            return found[0]
    return None


def _smiles(at: _Guessing, left: Mapping[str, Column]) -> str | None:
    said, name = at.one_column("smiles", left)
    if said:
        return name
    texts = [column.name for column in left.values() if column.holds == "text"]
    for called in (True, False):
        for name in texts:
            if bool(_SMILES.search(name)) == called and _are_structures(
                list(at.train.texts(name).dropna().unique()), called
            ):
                at.reasons["smiles"] = "called so" if called else "reads like structures"
                return name
    at.reasons["smiles"] = "no column reads like structures"
    return None


def _are_structures(texts: Sequence[str], called: bool) -> bool:
    """Whether texts look like SMILES; of a column that is not called so, all have to."""
    like = [bool(_STRUCTURE.fullmatch(text)) and bool(re.search("[cCNO]", text)) for text in texts]
    rich = [bool(re.search(r"[=#()\[\]]|c1|C1", text)) for text in texts]
    if not like:
        return False
    if called:
        return sum(like) > len(like) / 2
    return all(like) and sum(rich) > 0.8 * len(rich) and all(len(text) > 2 for text in texts)


def _labels(at: _Guessing, left: Mapping[str, Column]) -> Iterator[Column]:
    """Yield the columns of text without gaps that are known of every row to predict too."""
    for column in left.values():
        complete = column.holds == "text" and not column.gaps and column.different > 1
        if complete and (at.test is None or (column.name in at.test.columns and not at.test.columns[column.name].gaps)):
            yield column


def _compound(at: _Guessing, left: Mapping[str, Column], smiles: str | None) -> str | None:
    said, name = at.one_column("compound", left)
    if said:
        return name
    names = [column.name for column in _labels(at, left) if column.name != smiles]
    called = [name for name in names if _COMPOUND.search(name) and not _NO_COMPOUND.search(name)]
    if called:
        at.reasons["compound"] = "called so"
        return called[0]
    if smiles is not None:
        structures = at.train.texts(smiles).astype(str)
        for name in names:
            if left[name].different > 2 and (structures.groupby(at.train.texts(name)).nunique() == 1).all():
                at.reasons["compound"] = f"each has one {smiles}"
                return name
    at.reasons["compound"] = "no column is called so" if smiles is None else f"no column names the {smiles}"
    return None


def _group(at: _Guessing, left: Mapping[str, Column], taken: set[str | None]) -> str | None:
    said, name = at.one_column("group", left)
    if said:
        return name
    for column in _labels(at, left):
        if column.name not in taken and _GROUP.search(column.name) and column.different <= at.train.n_rows / 2:
            at.reasons["group"] = "called so, and several rows share a value"
            return column.name
    at.reasons["group"] = "no column is called so: no scores by group"
    return None


def _keys(
    at: _Guessing,
    left: Mapping[str, Column],
    smiles: str | None,
    group: str | None,
    compound: str | None,
    replicate: str | None,
) -> list[str]:
    """Return the columns that together are different in every row but replicates, the fewest; none where no few are."""
    if (answer := at.answered("keys")) is not None:
        named = [part.strip() for part in answer.split(",") if part.strip() not in ("", NONE)]
        for name in named:
            if name not in left:
                raise InputError(f"keys: there is no column {name!r}{did_you_mean(name, left)}")
        told_apart = [] if replicate is None else [replicate]
        if named and _repeats(at.train, [*named, *told_apart]):
            raise InputError(f"keys: {_repeated(at.train, named)}; add a column that tells them apart, or answer -")
        return named
    if compound is not None:
        parts = [name for name in (group, compound) if name is not None]
        if not _repeats(at.train, parts):
            at.reasons["keys"] = "different in every row" + (", together" if len(parts) > 1 else "")
            return [name for name in left if name in parts]
        if replicate is not None:
            at.reasons["keys"] = "the same in replicates alone"
            return [name for name in left if name in parts]
        for column in left.values():
            complete = column.holds != "flag" and not column.gaps and at.known_of_new_rows(column.name)
            if complete and _CONDITION.search(column.name) and not _repeats(at.train, [*parts, column.name]):
                at.reasons["keys"] = f"different in every row, together; {column.name} tells rows of one pair apart"
                return [name for name in left if name in (*parts, column.name)]
    texts = [column.name for column in _labels(at, left) if column.name != smiles][:_FEW_TEXTS]
    for size in (1, 2, 3):
        for chosen in combinations(texts, size):
            if not _repeats(at.train, chosen):
                at.reasons["keys"] = "different in every row" + (", together" if size > 1 else "")
                return [name for name in left if name in chosen]
    at.reasons["keys"] = "no columns of text are different in every row"
    if compound is not None:
        at.remarks.append(
            f"{_repeated(at.train, parts)}: these are replicates, and rows are named by their number; a column that "
            "numbers them (columns.replicate) makes these keys"
        )
    return []


def _replicate(at: _Guessing, left: Mapping[str, Column], group: str | None, compound: str | None) -> str | None:
    said, name = at.one_column("replicate", left)
    if said:
        return name
    at.reasons["replicate"] = "no column tells rows of one pair apart"
    parts = [name for name in (group, compound) if name is not None]
    if compound is not None and _repeats(at.train, parts):
        for column in left.values():
            called = column.holds != "flag" and not column.gaps and _REPLICATE.search(column.name)
            if called and column.name not in parts and not _repeats(at.train, [*parts, column.name]):
                at.reasons["replicate"] = f"tells rows of one {' and '.join(parts)} apart"
                return column.name
    return None


def _repeats(train: Profile, names: Sequence[str]) -> bool:
    return bool(train.frame(names).duplicated().any())


def _repeated(train: Profile, names: Sequence[str]) -> str:
    """Say how often rows agree in some columns."""
    frame = train.frame(names)
    repeated, most = int(frame.duplicated().sum()), frame.value_counts(dropna=False).iloc[0]
    return (
        f"{count(repeated, 'row')} of {train.n_rows} repeat the {' and '.join(names)} of another ({most} rows of one)"
    )


def _weight(at: _Guessing, left: Mapping[str, Column]) -> str | None:
    said, name = at.one_column("weight", left)
    if said:
        return name
    for column in left.values():
        called = column.holds == "number" and _WEIGHT.fullmatch(column.name)
        if called and column.positive and not column.gaps:
            at.reasons["weight"] = "called so, and above 0 in every row"
            return column.name
    at.reasons["weight"] = "no column is called so: all rows count the same"
    return None
