"""Where the shipped scenarios are: in the checkout beside the package, or inside the installed wheel."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
CHECKOUT = PACKAGE.parent


def scenario_folder() -> Path:
    """The folder of the shipped scenarios.

    A checkout (also one installed in editable mode) is known by its pyproject.toml beside the package; a wheel
    carries a copy of the folder inside the package.
    """
    beside = CHECKOUT / "scenarios"
    if (CHECKOUT / "pyproject.toml").is_file() and beside.is_dir():
        return beside
    return PACKAGE / "scenarios"
