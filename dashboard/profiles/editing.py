"""What somebody typed becomes a profile, or a sentence beside the field that cannot be taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, get_args

import msgspec

from core.class_limits import FIGURES
from core.errors import MatError, ProfileError
from core.profiles import Class, Length, LimitEdit, Mass, Pressure, Profile, Seconds

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

ZONE = "zone."
"""Before the id of a zone: the field with its class."""

MAX_WHY_CHARS = 200
SIZES = ("foot_length_mm", "foot_width_mm")
MODES = ("seated", "standing")


class ProblemsError(MatError, ValueError):
    """What cannot be taken.

    Parameters
    ----------
    fields : mapping of str to str
        A sentence by the name of its field; "" is the form as a whole.
    status : int
        Of HTTP.
    """

    def __init__(self, fields: Mapping[str, str], status: int = 400) -> None:
        super().__init__(" ".join(fields.values()))
        self.fields, self.status = dict(fields), status


class By(NamedTuple):
    """Who edits limits, when (ISO 8601), and why."""

    who: str
    when: str
    why: str


def checked_why(form: Mapping[str, str]) -> str:
    """Take the reason of a change.

    Raises
    ------
    ProblemsError
        If there is none.
    """
    why = " ".join(form.get("why", "").split())
    if not 1 <= len(why) <= MAX_WHY_CHARS or not why.isprintable():
        raise ProblemsError({"why": f"Say why, in 1 to {MAX_WHY_CHARS} characters: it is kept."})
    return why


def changed(old: Profile, form: Mapping[str, str], zone_ids: Collection[str]) -> Profile:
    """Put what the form of a profile says over a profile.

    Parameters
    ----------
    old : Profile
    form : mapping of str to str
        `mode`, `foot_length_mm`, `foot_width_mm`, `body_mass_kg`, and `zone.<id>` for each zone.
    zone_ids : collection of str
        Of the mat.

    Raises
    ------
    ProblemsError
        If a field cannot be taken, or core refuses the whole.
    """
    problems: dict[str, str] = {}
    classes = {**old.classes}
    for name, text in form.items():
        if name.startswith(ZONE):
            classes[name.removeprefix(ZONE)] = _number(name, text, Class, problems, int)
    length, width, mass = (
        _number(name, form.get(name, ""), kind, problems)
        for name, kind in (*((name, Length) for name in SIZES), ("body_mass_kg", Mass))
    )
    if not problems.keys() & {*SIZES} and (length is None) != (width is None):
        missing = SIZES[0] if length is None else SIZES[1]
        problems[missing] = "Length and width are needed both, or neither."
    if (mode := form.get("mode", "")) not in MODES:
        problems["mode"] = "Choose sitting or standing."
    if problems:
        raise ProblemsError(problems)
    new = msgspec.structs.replace(
        old, mode=mode, foot_mm=None if length is None else (length, width), body_mass_kg=mass,
        classes={zone: each for zone, each in classes.items() if each != old.unset_class},
    )  # fmt: skip
    _check(new, {ZONE + zone: f"zone {zone}: " for zone in new.edits}, zone_ids)
    return new


def with_limits(
    old: Profile, zone: str, form: Mapping[str, str], by: By, zone_ids: Collection[str]
) -> Profile:
    """Put the limits that a clinician typed for a zone over a profile; none: as its class has them.

    Raises
    ------
    ProblemsError
        As `changed`.
    """
    problems: dict[str, str] = {}
    kinds = {name: Pressure if name.endswith("_kpa") else Seconds for name in FIGURES}
    figures = {
        name: _number(name, form.get(name, ""), kind, problems) for name, kind in kinds.items()
    }
    if problems:
        raise ProblemsError(problems)
    edits = {other: each for other, each in old.edits.items() if other != zone}
    if any(value is not None for value in figures.values()):
        edits[zone] = LimitEdit(by.who, by.when, by.why, **figures)
    new = msgspec.structs.replace(old, edits=edits)
    _check(new, {name: f"zone {zone}: {name} " for name in FIGURES}, zone_ids)
    return new


def _check(new: Profile, fields: Mapping[str, str], zone_ids: Collection[str]) -> None:
    try:
        new.check(zone_ids)
    except ProfileError as error:
        text = str(error)
        field = next((name for name, start in fields.items() if text.startswith(start)), "")
        raise ProblemsError({field: f"{text[:1].upper()}{text[1:]}."}) from None


def _number(
    name: str,
    text: str,
    kind: Any,  # noqa: ANN401 - an annotated number
    problems: dict[str, str],
    of: type[float] = float,
) -> Any:  # noqa: ANN401 - a figure, or None where nothing was typed
    text = text.strip().replace(",", ".")
    if not text and of is float:
        return None
    try:
        return msgspec.convert(of(text), kind)
    except (ValueError, msgspec.ValidationError):
        problems[name] = f"Not possible: {_bounds(kind)}."
        return None


def _bounds(kind: Any) -> str:  # noqa: ANN401 - an annotated number
    (_, meta) = get_args(kind)
    low = meta.ge if meta.ge is not None else meta.gt
    high = meta.le if meta.le is not None else meta.lt
    return f"a number from {low:g} to {high:g}"
