"""The form in which Kaggle asks for a winning solution: settings, entry points, requirements, and the models."""

from __future__ import annotations

import json
from pathlib import Path

from kit.exporting.bundle import write_bundle
from kit.files import new_file, read_json
from kit.training.planning.versions import common_libraries, recipe_code
from kit.version import __version__

_README = """\
# {title}

{run}, trained with kit {version} (Python {python}); {metric} {score:.5f} in cross-validation.

1. Put the competition's files into the folder that `RAW_DATA_DIR` in SETTINGS.json names.
2. `pip install -r requirements.txt`
3. `python train.py` trains anew from `recipe.yaml`; `python predict.py` predicts the test table with the models in
   `model/`, which are those that were handed in.

Hardware: {cores} cores, no GPU needed. Everything random is drawn from the recipe's seed: the same recipe on the same
tables gives the same bytes.
"""
_ENTRY_POINTS = """\
python train.py    reads RAW_DATA_DIR and recipe.yaml, writes runs and a checked submission to SUBMISSION_DIR
python predict.py  reads RAW_DATA_DIR and the models in MODEL_DIR, writes SUBMISSION_DIR/predicted.csv
"""
_TRAIN = """\
\"\"\"Trains the recipe and writes a checked submission.\"\"\"

import json
import subprocess
import sys

settings = json.load(open("SETTINGS.json"))
command = ["train", "recipe.yaml", "--data", settings["RAW_DATA_DIR"], "--out", settings["SUBMISSION_DIR"]]
sys.exit(subprocess.call([sys.executable, "-m", "kit", *command]))
"""
_PREDICT = """\
\"\"\"Predicts the test table with the models that were handed in.\"\"\"

import json
import subprocess
import sys
from pathlib import Path

settings = json.load(open("SETTINGS.json"))
Path(settings["SUBMISSION_DIR"]).mkdir(parents=True, exist_ok=True)
rows = str(Path(settings["RAW_DATA_DIR"]) / settings["TEST_TABLE"])
out = str(Path(settings["SUBMISSION_DIR"]) / "predicted.csv")
sys.exit(subprocess.call([sys.executable, "-m", "kit", "predict", settings["MODEL_DIR"], rows, "-o", out]))
"""


def write_winning_solution(run: Path, folder: Path) -> None:
    """Write the files that Kaggle asks winners for (its "winning model documentation guidelines").

    Args:
        run: A finished run.
        folder: An empty directory.

    Raises:
        StateError: The run is not finished, or was changed.
        InputError: Its test rows are predicted by the models of the folds.
    """
    from kit.config import load_recipe

    (folder / "model").mkdir()
    write_bundle(run, folder / "model")
    manifest, summary = read_json(run / "manifest.json"), read_json(run / "metrics.json")
    recipe = load_recipe(run / "config.resolved.yaml").config
    settings = {
        "RAW_DATA_DIR": "data",
        "TEST_TABLE": recipe.data.test,
        "MODEL_DIR": "model",
        "SUBMISSION_DIR": "submissions",
    }
    readme = _README.format(
        title=recipe.title or recipe.competition,
        run=run.name,
        version=manifest["kit"],
        python=manifest["python"],
        metric=summary["metric"],
        score=summary["score"],
        cores=manifest["cores"],
    )
    # Those that the recipe leans on, in the versions that it ran with; a network's torch is not asked of a ridge.
    named = {name for code in recipe_code(recipe).values() for name in code.get("libraries", ())}
    versions = {name: manifest["libraries"][name] for name in named | set(common_libraries())}
    libraries = [f"{name}=={version.partition('+')[0]}" for name, version in sorted(versions.items())]
    texts = {
        "README.md": readme,
        "SETTINGS.json": json.dumps(settings, indent=1) + "\n",
        "entry_points.md": _ENTRY_POINTS,
        "requirements.txt": "\n".join([f"perturbation-kit=={__version__}", *libraries]) + "\n",
        "recipe.yaml": (run / "config.resolved.yaml").read_text(encoding="utf-8"),
        "train.py": _TRAIN,
        "predict.py": _PREDICT,
    }
    for name, text in texts.items():
        with new_file(folder / name) as temporary:
            temporary.write_text(text, encoding="utf-8")
    listed = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    with new_file(folder / "directory_structure.txt") as temporary:
        temporary.write_text("\n".join(listed) + "\n", encoding="utf-8")
