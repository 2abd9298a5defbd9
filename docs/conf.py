"""How Sphinx builds the pages (`make docs`): warnings are errors, so is a cell that fails, and no network is needed."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from catalogue import write_catalogue
from shown import show_shell_and_files
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from kit.version import __version__

HERE = Path(__file__).parent
ROOT = HERE.parent

project = "kit"
author = "the authors of kit"
project_copyright = "the authors of kit, MIT licence"
version = release = __version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
]
exclude_patterns = ["_build"]
# Docstrings have names in single backticks, as Markdown has.
default_role = "code"

myst_enable_extensions = ["amsmath", "attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

# Every page with cells has a kernel of its own, in an empty folder of its own that kernel.py makes look like a clone.
nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_timeout = 300
nb_execution_show_tb = True  # a cell that fails is a warning, and these are errors
nb_output_stderr = "remove"  # progress; a cell that fails shows all of it
nb_merge_streams = True

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True

html_theme = "pydata_sphinx_theme"
html_title = "kit"
html_static_path = ["_static"]
html_css_files = ["kit.css"]
html_show_sourcelink = False
html_copy_source = False
# The theme reads it before a page can choose; without it, it logs an error.
html_context = {"default_mode": "auto"}
html_sidebars = {name: [] for name in ("index", "start", "api")}  # what has no pages below it
html_theme_options = {
    "show_nav_level": 1,
    "navigation_depth": 2,
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "footer_start": ["copyright"],
    "footer_end": [],
}

# MathJax is a file of the package that the extra `docs` installs: pages need no network either.
_mathjax = find_spec("sphinx-mathjax-offline")
if _mathjax is None or _mathjax.origin is None:
    raise ModuleNotFoundError("sphinx-mathjax-offline is missing; `make docs` installs it")
html_static_path.append(str(Path(_mathjax.origin).parent / "static" / "mathjax" / "tex-svg.js"))
mathjax_path = "tex-svg.js"

os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
os.environ["PYTHONPATH"] = str(ROOT)
os.environ["KIT_DOCS_ROOT"] = str(ROOT)
os.environ.pop("KIT_DATA", None)


def setup(app: Sphinx) -> None:
    """Prepare what the kernels of the pages start from, and write the pages of the plug-ins."""
    profile = Path(app.outdir).parent / "ipython" / "profile_default" / "startup"
    profile.mkdir(parents=True, exist_ok=True)
    (profile.parent / "ipython_kernel_config.py").write_text("c.IPKernelApp.log_level = 'ERROR'\n", encoding="utf-8")
    (profile / "kernel.py").write_text((HERE / "kernel.py").read_text(encoding="utf-8"), encoding="utf-8")
    os.environ["IPYTHONDIR"] = str(profile.parents[1])
    os.environ["KIT_CACHE"] = str(Path(app.outdir).parent / "cache")
    app.connect("builder-inited", lambda app: write_catalogue(HERE / "catalogue"))
    app.connect("env-before-read-docs", spread)
    app.connect("autodoc-process-docstring", keep_colons, priority=100)  # before napoleon
    app.connect("doctree-read", show_shell_and_files)


def spread(app: Sphinx, env: BuildEnvironment, names: list[str]) -> None:
    """Put the pages with cells among the many without: Sphinx deals out neighbours to one process."""
    slow = sorted(name for name in names if not name.startswith("catalogue/"))
    quick = sorted(set(names) - set(slow))
    step = len(quick) // max(len(slow), 1) + 1
    for at, name in enumerate(slow):
        quick.insert(at * step, name)
    names[:] = quick


def keep_colons(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Replace the colon of a property's first line, before which napoleon would look for its type."""
    if what == "property" and lines:
        lines[0] = lines[0].replace(": ", " – ", 1)
