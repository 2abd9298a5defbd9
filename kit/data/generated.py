"""Tables that a competition file asks the kit to simulate: generated on first use, never over somebody's own."""

from __future__ import annotations

import json
from pathlib import Path

from kit.config.schema import SimulateConfig
from kit.data.simulate import files_of, get_simulated, is_complete, write_simulated
from kit.data.simulate.files import IN_PROGRESS, MARKER
from kit.errors import DataError


def ensure_generated(wanted: SimulateConfig, root: Path, complete: bool) -> None:
    """Generate the tables where they are missing; an interrupted generation is done again.

    Tables that were edited after their generation are left as they are (the checks will look at them).

    Args:
        wanted: The design and the seed.
        root: The folder of the tables; made when absent.
        complete: Whether all tables that the competition names are there.

    Raises:
        DataError: The folder holds tables of another design, seed or version, or some tables that the kit did not
            generate.
        InputError: There is no such design.
        RunError: The tables cannot be written.
    """
    design = get_simulated(wanted.like)
    if is_complete(root, design, wanted.seed):
        return
    marker = root / MARKER
    if marker.is_file() and _sizes_agree(marker):
        raise DataError(
            f"{root} holds tables that were simulated with another design, seed or version of the kit than "
            f"{wanted.like!r} with seed {wanted.seed}; remove the folder to generate them again, or choose another "
            "data.root"
        )
    interrupted = (root / IN_PROGRESS).exists()
    if complete and not interrupted:
        return
    present = [name for name in files_of(design) if (root / name).exists()]
    if present and not marker.is_file() and not interrupted:
        raise DataError(
            f"{root} holds {', '.join(present)} and no {MARKER}: these tables are incomplete and the kit may not have "
            "generated them, so it does not replace them; remove them, or choose another data.root"
        )
    write_simulated(design, wanted.seed, root, "choose another folder with --data or KIT_DATA")


def _sizes_agree(marker: Path) -> bool:
    """Say whether the files beside the marker are those it was written for."""
    try:
        sizes: dict[str, int] = json.loads(marker.read_text(encoding="utf-8"))["files"]
        return all((marker.parent / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
