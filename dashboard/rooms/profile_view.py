"""What the room Profile of a person shows to somebody who may see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from core.class_limits import CLASS_LIMITS, EXCLUDED, FIGURES, FRAGILE
from dashboard.accounts import sight
from dashboard.accounts.roles import may
from dashboard.profiles.editing import SIZES, ZONE
from dashboard.profiles.feet import Drawing, draw
from dashboard.profiles.holding import Facts, Holding, holding
from dashboard.profiles.saving import profile_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.profiles import LimitEdit, Profile
    from core.wire import LayoutInfo, ZoneInfo
    from dashboard.profiles.keeper import ProfileKeeper
    from dashboard.services import Services
    from dashboard.store.accounts import Account
    from dashboard.store.mats import Mat
    from dashboard.store.people import Enrolment, Person, ProfileVersion
    from dashboard.store.repository import Store

CLASSES = (
    "Healthy skin, normal feeling",
    "Reduced feeling",
    "Fragile, or poor circulation",
    "Keep off",
)
FIGURE_WORDS = {
    "advisory_kpa": "Advisory, kPa",
    "warning_kpa": "Warning, kPa",
    "warning_s": "Warning after, s",
    "limit_kpa": "Limit, kPa",
    "limit_s": "Limit after, s",
    "ceiling_kpa": "Ceiling, kPa",
}


class Kept(NamedTuple):
    """What the store has of it.

    Attributes
    ----------
    person : Person
    versions : list of ProfileVersion
        The newest first.
    mats : tuple of (Mat, Enrolment)
    """

    person: Person
    versions: list[ProfileVersion]
    mats: tuple[tuple[Mat, Enrolment], ...]


class MatView(NamedTuple):
    """One mat of the person.

    Attributes
    ----------
    name : str
    holding : Holding
    is_ours : bool
        Whether this dashboard speaks with it.
    chosen : str
        `this`, `other`, `nobody`, or `unknown`: who is on it by the mat's own word.
    """

    name: str
    holding: Holding
    is_ours: bool
    chosen: str


class ZoneView(NamedTuple):
    """One zone."""

    id: str
    field: str
    foot: str
    title: str
    chosen: int
    edit: LimitEdit | None
    limits: str
    error: str


class ProfileView(NamedTuple):
    """The page. `typed` and `errors` are of the form that was sent, empty when none was."""

    person: Person
    newest: ProfileVersion | None
    versions: list[ProfileVersion]
    mats: tuple[MatView, ...]
    may_edit_limits: bool
    drawing: Drawing | None
    zones: tuple[ZoneView, ...]
    typed: Mapping[str, str]
    errors: Mapping[str, str]
    limits_of: str


def kept_of(store: Store, viewer: Account, person: str) -> Kept | None:
    """Gather what is stored; None: whoever looks may not see that person."""
    found = store.people.get(person)
    if found is None or not sight.sees(store, viewer, person):
        return None
    mats = tuple(
        (mat, enrolment)
        for mat in store.mats.known()
        for enrolment in store.people.enrolled(mat.id)
        if enrolment.person == person
    )
    return Kept(found, store.people.profiles(person), mats)


def mat_views(services: Services, kept: Kept) -> tuple[MatView, ...]:
    """Tell of each mat of a person what it has confirmed."""
    return tuple(_mat(services, kept, mat, enrolment) for mat, enrolment in kept.mats)


def profile_view(
    services: Services,
    viewer: Account,
    kept: Kept,
    typed: Mapping[str, str],
    errors: Mapping[str, str],
) -> ProfileView:
    """Put the page together."""
    info = services.hub.info
    profile = profile_of(kept.versions[0] if kept.versions else None)
    shown = {**typed_of(profile), **typed}
    return ProfileView(
        person=kept.person,
        newest=kept.versions[0] if kept.versions else None,
        versions=kept.versions,
        mats=mat_views(services, kept),
        may_edit_limits=may(viewer.role, "limits.loosen"),
        drawing=draw(info.layout) if info else None,
        zones=_zones(info.layout, profile, shown, errors) if info else (),
        typed=shown,
        errors=errors,
        limits_of=typed.get("zone", ""),
    )


def typed_of(profile: Profile) -> dict[str, str]:
    """Say what the fields of the form hold for a profile."""
    sizes = profile.foot_mm or (None, None)
    figures = {**dict(zip(SIZES, sizes, strict=True)), "body_mass_kg": profile.body_mass_kg}
    texts = {name: "" if value is None else f"{value:g}" for name, value in figures.items()}
    return {"mode": profile.mode, "why": "", **dict.fromkeys(FIGURES, ""), **texts}


def words_of_class(number: int) -> str:
    """Say what a class does."""
    if number == EXCLUDED:
        return "Any touch alarms. No session for this foot."
    row = CLASS_LIMITS[number]
    seated = " Seated only." if number == FRAGILE else ""
    return f"Warns at {row.warning_kpa:g} kPa, limit {row.limit_kpa:g}.{seated}"


def _mat(services: Services, kept: Kept, mat: Mat, enrolment: Enrolment) -> MatView:
    keeper = services.profiles
    is_ours = mat.id == keeper.mat
    newest = kept.versions[0].version if kept.versions else None
    problem = keeper.problem(kept.person.id, newest) if is_ours and newest else None
    facts = Facts(enrolment, newest, services.hub.link.mat if is_ours else None, problem)
    chosen = _chosen(keeper, kept.person.id) if is_ours else "unknown"
    return MatView(mat.name or mat.id, holding(facts), is_ours, chosen)


def _chosen(keeper: ProfileKeeper, person: str) -> str:
    if not keeper.knows_chosen:
        return "unknown"
    if keeper.chosen is None:
        return "nobody"
    return "this" if keeper.chosen == person else "other"


def _zones(
    layout: LayoutInfo, profile: Profile, shown: Mapping[str, str], errors: Mapping[str, str]
) -> tuple[ZoneView, ...]:
    return tuple(_zone(zone, profile, shown, errors) for zone in layout.zones)


def _zone(
    zone: ZoneInfo, profile: Profile, shown: Mapping[str, str], errors: Mapping[str, str]
) -> ZoneView:
    field = ZONE + zone.id
    chosen = profile.class_of(zone.id)
    text = shown.get(field, "")
    if text in [str(number) for number in CLASS_LIMITS]:
        chosen = int(text)
    edit = profile.edits.get(zone.id)
    title = f"{zone.foot.title()} {zone.name[:1].lower()}{zone.name[1:]}"
    error = errors.get(field, "")
    return ZoneView(zone.id, field, zone.foot, title, chosen, edit, _limits(edit), error)


def _limits(edit: LimitEdit | None) -> str:
    if edit is None:
        return ""
    figures = {words: getattr(edit, name) for name, words in FIGURE_WORDS.items()}
    return " · ".join(f"{words} {value:g}" for words, value in figures.items() if value is not None)
