"""A prediction, sealed: its content as canonical JSON, and the sha256 of that beside it.

Whoever changes the content without the seal, or the seal, is found out. Whoever writes a new prediction with a new seal
is not, unless the teacher has noted the old one's code: a seal detects edits, not cheating.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from sim.base.atomic import write_whole
from sim.base.errors import ChipgateError
from sim.base.files import UnusableFileError, read_plain
from sim.base.label import LABEL
from sim.base.yaml_tree import quoted

FILE = "prediction.json"
LARGEST = 20_000  # bytes; a prediction is one kilobyte
LONGEST_NAME = 80
LARGEST_SIZE = 1e15  # of any number a student may hand in: sums and pictures of such numbers stay finite
CAVEAT = (
    "A seal detects edits, not cheating: compare its code with the one that the student told you. "
    "Checks are not sealed: 'passed' and the model's value are what the student's log says, which anyone can edit."
)

Sign = Literal["higher", "lower", "same"]
SIGNS: tuple[Sign, ...] = get_args(Sign)
WORDS: dict[Sign, tuple[str, ...]] = {
    "higher": ("longer", "later", "more", "larger", "greater", "rise", "rises", "up"),
    "lower": ("shorter", "earlier", "sooner", "less", "fewer", "smaller", "fall", "falls", "down"),
    "same": ("equal", "unchanged"),
}
"""Other words for each sign, those in which exercises ask for it among them."""
WHEN = "%Y-%m-%dT%H:%M:%SZ"
NONCE = 8  # bytes, as hexadecimal digits


@dataclass(frozen=True)
class Prediction:
    """What a student expects of the exercise's difference, in the measure that it asks for."""

    exercise: str
    asks: Mapping[str, Any]
    """The quantity: base, other, outcome, year, in; so that a later change of the exercise is noticed."""
    name: str
    seed: int
    sign: Sign
    size: float
    low: float
    high: float
    """Ends of the interval that holds the model's value with 80 %, as the student thinks."""
    sealed: str
    """When, in UTC, by the student's clock."""
    run_before: bool
    """Whether results lay in the folder already."""
    nonce: str
    seal: str

    @property
    def code(self) -> str:
        """The seal in fifteen digits, 48210-93755-63118, to be said aloud and written on a board.

        Digits, since letters sound alike (b, d, e) and are called otherwise in every language. So many that finding
        another prediction of the same code takes ten to the fifteen seals: months, and not a lesson.
        """
        digits = f"{int(self.seal, 16) % 10**15:015}"
        return "-".join(digits[at : at + 5] for at in (0, 5, 10))


def sign_of(word: str) -> Sign | None:
    """The sign that a word means, in capitals or not; None for any other word."""
    plain = word.strip().lower()
    return next((sign for sign in SIGNS if plain in (sign, *WORDS[sign])), None)


def seal_of(content: Mapping[str, Any]) -> str:
    """The sha256 of a content without its seal, as JSON with sorted keys and no blanks. Raises ValueError for nan."""
    bare = {key: value for key, value in content.items() if key != "seal"}
    text = json.dumps(bare, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def refuse_nonsense(sign: str, size: float, low: float, high: float) -> None:
    """Refuse a prediction that contradicts itself. Raises ChipgateError."""
    refuse_wrong_size(sign, size)
    refuse_wrong_interval(size, low, high)


def refuse_wrong_size(sign: str, size: float) -> None:
    """Refuse a sign and a size that contradict each other. Raises ChipgateError."""
    if sign not in SIGNS:
        raise ChipgateError(f"the sign is one of {', '.join(SIGNS)}, not {quoted(sign)}")
    _refuse_strange(size)
    if sign == "higher" and size <= 0:
        raise ChipgateError(f"'higher' means a size above 0, not {size:g}")
    if sign == "lower" and size >= 0:
        raise ChipgateError(f"'lower' means a size below 0, such as {-abs(size) or -1:g}, not {size:g}")


def refuse_wrong_interval(size: float, low: float, high: float) -> None:
    """Refuse an interval that does not hold its own size, or has no width. Raises ChipgateError."""
    _refuse_strange(size, low, high)
    if low > high:
        raise ChipgateError(f"the interval's lower end, {low:g}, lies above its upper end, {high:g}")
    if not low <= size <= high:
        raise ChipgateError(f"the size {size:g} lies outside your interval, {low:g} to {high:g}")
    if low == high:
        raise ChipgateError("an interval of no width claims to be certain; give it a low and a high end")


def _refuse_strange(*numbers: float) -> None:
    if not all(math.isfinite(number) for number in numbers):
        raise ChipgateError("size, low and high are numbers")
    if max(abs(number) for number in numbers) > LARGEST_SIZE:
        raise ChipgateError(f"size, low and high lie between {-LARGEST_SIZE:g} and {LARGEST_SIZE:g}")


def tidy_name(name: str) -> str:
    """A name on one line, without what could move a terminal's cursor. Raises ChipgateError for a very long one."""
    told = "".join(letter for letter in " ".join(name.split()) if letter.isprintable())
    if len(told) > LONGEST_NAME:
        raise ChipgateError(f"a name has at most {LONGEST_NAME} letters")
    return told


def write_prediction(
    folder: Path,
    *,
    exercise: str,
    asks: Mapping[str, Any],
    name: str,
    seed: int,
    sign: str,
    size: float,
    low: float,
    high: float,
    run_before: bool = False,
) -> Prediction:
    """Seal a prediction into a folder that holds none. Raises ChipgateError, and then nothing has changed."""
    refuse_nonsense(sign, size, low, high)
    content: dict[str, Any] = {
        "label": LABEL,
        "exercise": exercise,
        "asks": dict(asks),
        "name": tidy_name(name),
        "seed": seed,
        "sign": sign,
        "size": float(size),
        "low": float(low),
        "high": float(high),
        "sealed": f"{datetime.now(UTC):{WHEN}}",
        "run_before": run_before,
        "nonce": secrets.token_hex(NONCE),
    }
    content["seal"] = seal_of(content)
    path = folder / FILE
    try:
        write_whole(path, f"{json.dumps(content, indent=2, ensure_ascii=False)}\n".encode(), only_new=True)
    except FileExistsError:
        raise ChipgateError(f"'{path}' holds a sealed prediction already; a second one is not taken") from None
    except OSError as error:
        raise ChipgateError(f"cannot write '{path}': {error.strerror}") from None
    return read_prediction(path)


TYPES: dict[str, type] = {
    **dict.fromkeys(("label", "exercise", "name", "sign", "sealed", "nonce", "seal"), str),
    **dict.fromkeys(("size", "low", "high"), float),
    "asks": dict,
    "seed": int,
    "run_before": bool,
}


def read_prediction(path: Path) -> Prediction:
    """A sealed prediction. Raises ChipgateError where there is none, it cannot be read, the seal does not fit, or
    what is sealed could not have been."""
    content = read_json(path)
    if not isinstance(content, dict) or "seal" not in content:
        raise UnusableFileError(path, "is not a sealed prediction: it has no seal")
    if seal_of(content) != content["seal"]:
        raise UnusableFileError(
            path,
            "has a broken seal: the prediction or the seal was changed after sealing",
            "Put the sealed file back, from a copy if there is one",
        )
    wrong = [key for key in {**TYPES, **content} if type(content.get(key)) is not TYPES.get(key)]
    wrong = wrong or list(_never_sealed(content))
    if wrong:
        raise UnusableFileError(path, f"is not a sealed prediction: {', '.join(map(quoted, wrong))} cannot be so")
    refuse_nonsense(content["sign"], content["size"], content["low"], content["high"])
    return Prediction(**{key: value for key, value in content.items() if key != "label"})


def _never_sealed(content: Mapping[str, Any]) -> Iterator[str]:
    """The texts that no prediction is sealed with: they are printed and written out, and anybody can make a seal."""
    if content["name"] != tidy_name(content["name"]):
        yield "name"
    if not _is_moment(content["sealed"]):
        yield "sealed"
    if not re.fullmatch(rf"[0-9a-f]{{{2 * NONCE}}}", content["nonce"]):
        yield "nonce"


def _is_moment(text: str) -> bool:
    try:
        return f"{datetime.strptime(text, WHEN):{WHEN}}" == text
    except ValueError:
        return False


def read_json(path: Path) -> Any:
    """The content of a small JSON file. Raises UnusableFileError, also for what `read_json_text` refuses."""
    data = read_plain(path, LARGEST)
    try:
        return read_json_text(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise UnusableFileError(path, f"is not JSON: {error}") from None


def read_json_text(text: str) -> Any:
    """The content of JSON. Raises ValueError, also for a key given twice, for nan, for numbers too large for a
    float, and for texts that no file can hold."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise ValueError("a key is given twice")
        return found

    def refused(word: str) -> Any:
        raise ValueError(f"{word[:20]} is not a number")

    def finite(word: str) -> float:
        number = float(word)
        return number if math.isfinite(number) else refused(word)  # 1e999 is read as infinity

    content = json.loads(text, object_pairs_hook=once, parse_constant=refused, parse_float=finite)
    try:
        json.dumps(content, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # such as "\ud800", which would only fail when it is written out
        raise ValueError("a text in it is not Unicode") from None
    return content
