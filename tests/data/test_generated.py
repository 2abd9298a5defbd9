from __future__ import annotations

from pathlib import Path

import pytest

from kit.config.schema import SimulateConfig
from kit.data import generated
from kit.data.generated import ensure_generated
from kit.data.simulate import DESIGNS, Design, Scenario, get_design
from kit.data.simulate.files import FILES, IN_PROGRESS, MARKER
from kit.errors import DataError, InputError, RunError


class Generator:
    """Stands in for the generator, which has tests of its own; it writes small files and can be interrupted."""

    def __init__(self) -> None:
        self.written: list[tuple[str, int]] = []
        self.interrupt_after: int | None = None

    def write(self, design: Design | Scenario, seed: int, root: Path, remedy: str) -> None:
        root.mkdir(exist_ok=True)
        (root / IN_PROGRESS).touch()
        (root / MARKER).unlink(missing_ok=True)
        for number, name in enumerate(FILES):
            if number == self.interrupt_after:
                raise KeyboardInterrupt
            (root / name).write_text(name)
        sizes = ", ".join(f'"{name}": {len(name)}' for name in FILES)
        (root / MARKER).write_text(f'{{"seed": {seed}, "files": {{{sizes}}}}}')
        (root / IN_PROGRESS).unlink()
        self.written.append((design.name, seed))

    def is_complete(self, root: Path, design: object, seed: int) -> bool:
        return (root / MARKER).is_file() and f'"seed": {seed},' in (root / MARKER).read_text() and _same_sizes(root)


def _same_sizes(root: Path) -> bool:
    return all((root / name).is_file() and (root / name).read_text() == name for name in FILES)


@pytest.fixture
def generator(monkeypatch: pytest.MonkeyPatch) -> Generator:
    stand_in = Generator()
    monkeypatch.setattr(generated, "is_complete", stand_in.is_complete)
    monkeypatch.setattr(generated, "write_simulated", stand_in.write)
    return stand_in


DESIGN = next(iter(DESIGNS))
WANTED = SimulateConfig(like=DESIGN, seed=3)


def test_generated_on_first_use_only(generator: Generator, tmp_path: Path) -> None:
    root = tmp_path / "data"
    ensure_generated(WANTED, root, complete=False)
    ensure_generated(WANTED, root, complete=True)
    assert generator.written == [(get_design(DESIGN).name, 3)]
    assert not (root / IN_PROGRESS).exists()


@pytest.mark.parametrize("after", [0, 1, len(FILES) - 1])
def test_an_interrupted_generation_is_done_again(generator: Generator, after: int, tmp_path: Path) -> None:
    generator.interrupt_after = after
    with pytest.raises(KeyboardInterrupt):
        ensure_generated(WANTED, tmp_path, complete=False)
    generator.interrupt_after = None
    ensure_generated(WANTED, tmp_path, complete=after > 2)
    assert len(generator.written) == 1
    assert not (tmp_path / IN_PROGRESS).exists()


def test_ones_own_tables_are_never_replaced(generator: Generator, tmp_path: Path) -> None:
    (tmp_path / FILES[0]).write_text("precious")
    with pytest.raises(DataError, match=f"holds {FILES[0]} and no {MARKER}.*does not replace them"):
        ensure_generated(WANTED, tmp_path, complete=False)
    assert (tmp_path / FILES[0]).read_text() == "precious"
    # All there, and not ours: somebody pointed --data at tables of their own.
    ensure_generated(WANTED, tmp_path, complete=True)
    assert not generator.written


def test_another_seed_is_an_error_and_not_silently_the_old_tables(generator: Generator, tmp_path: Path) -> None:
    ensure_generated(WANTED, tmp_path, complete=False)
    with pytest.raises(DataError, match=r"another design, seed or version.*with seed 4.*remove the folder"):
        ensure_generated(SimulateConfig(like=DESIGN, seed=4), tmp_path, complete=True)


def test_edited_tables_are_left_to_the_checks(generator: Generator, tmp_path: Path) -> None:
    ensure_generated(WANTED, tmp_path, complete=False)
    (tmp_path / FILES[0]).write_text("edited")
    ensure_generated(WANTED, tmp_path, complete=True)
    assert (tmp_path / FILES[0]).read_text() == "edited"


def test_a_removed_table_is_generated_again(generator: Generator, tmp_path: Path) -> None:
    ensure_generated(WANTED, tmp_path, complete=False)
    (tmp_path / FILES[1]).unlink()
    ensure_generated(WANTED, tmp_path, complete=False)
    assert len(generator.written) == 2


def test_unknown_design(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no_such"):
        ensure_generated(SimulateConfig(like="no_such"), tmp_path, complete=False)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match=r"cannot write .*file.*--data or KIT_DATA"):
        ensure_generated(SimulateConfig(like="demo"), tmp_path / "file" / "data", complete=False)
