"""Whether a mat has somebody's newest profile, in words, and what to do if that is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from dashboard.telling import when

if TYPE_CHECKING:
    from dashboard.messages import MatLink
    from dashboard.store.people import Enrolment

Kind = Literal["in_force", "sent", "refused", "unreached", "elsewhere", "none"]

TITLES: dict[Kind, str] = {
    "in_force": "In force",
    "sent": "Sent, not confirmed yet",
    "refused": "Not in force: the mat refused it",
    "unreached": "Not confirmed: the mat cannot be reached",
    "elsewhere": "Not sent: this dashboard does not speak with that mat",
    "none": "Nothing to send yet",
}
ADVICE: dict[Kind, str] = {
    "in_force": "",
    "sent": "Look again in some seconds; it is sent again by itself. Until it is in force, keep "
    "off the mat whatever this profile is meant to protect.",
    "refused": "Change what it does not take, and save again; it is tried again by itself. Until "
    "then the limits that the mat had before hold.",
    "unreached": "It is sent by itself as soon as the mat is there. Is the mat switched on, and is "
    "there a network? Until then the limits that the mat had before hold.",
    "elsewhere": "Open the dashboard of that mat, or name that mat in the configuration.",
    "none": "Save a profile. Until then the mat does not know this person.",
}


class Facts(NamedTuple):
    """What is known of a profile and a mat.

    Attributes
    ----------
    enrolment : Enrolment
    newest : int or None
        Newest version that was saved.
    link : str
        Of the mat; None: the dashboard does not speak with it.
    problem : str or None
        Why the mat refused that version.
    """

    enrolment: Enrolment
    newest: int | None
    link: MatLink | None
    problem: str | None


class Holding(NamedTuple):
    """How it stands: a word for the page's style, and sentences."""

    kind: Kind
    title: str
    text: str
    advice: str


def holding(facts: Facts) -> Holding:
    """Put it into words."""
    kind = _kind(facts)
    return Holding(kind, TITLES[kind], _text(kind, facts), ADVICE[kind])


def _kind(facts: Facts) -> Kind:
    kinds: tuple[tuple[Kind, bool], ...] = (
        ("none", facts.newest is None),
        ("in_force", facts.enrolment.version == facts.newest),
        ("elsewhere", facts.link is None),
        ("refused", facts.problem is not None),
        ("unreached", facts.link != "online"),
    )
    return next((kind for kind, holds in kinds if holds), "sent")


def _text(kind: Kind, facts: Facts) -> str:
    held, at_s = facts.enrolment.version, facts.enrolment.confirmed_s
    if kind == "in_force" and at_s is not None:
        gone = "" if facts.link == "online" else " It cannot be heard now: that was its last word."
        return f"The mat confirmed version {held} on {when(at_s)}.{gone}"
    refused = f"It says: {facts.problem}. " if kind == "refused" else ""
    if kind == "none":
        return ""
    before = "which version the mat holds is not known" if held is None else (
        f"the mat confirmed version {held} before"
    )  # fmt: skip
    return f"{refused}Version {facts.newest} is saved here; {before}."
