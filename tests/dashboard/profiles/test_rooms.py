"""Profiles and who is on the mat, from the page to the daemon's own loop and back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from core.profiles import LimitEdit, People
from dashboard.profiles.deliveries import FIRST_GAP_S
from dashboard.profiles.keeper import SETTLES_S
from tests.dashboard.accounts.served import look
from tests.dashboard.profiles.house import House, house
from tests.dashboard.support import MAT, OTHER_BOOT, make_state

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

PAGE = "/people/p-rosa/profile"
HEEL = "zone_l_heel_lat"


def played(folder: Path, scenario: Callable[[House], Awaitable[None]]) -> None:
    async def run() -> None:
        async with house(folder) as made:
            await scenario(made)

    asyncio.run(run())


def test_a_class_is_saved_sent_and_in_force_when_the_mat_says_so(tmp_path: Path) -> None:
    async def scenario(home: House) -> None:
        before = (await home.get(PAGE, "caregiver")).text
        assert "Nothing to send yet" in before
        assert "Left heel, outer: Reduced feeling" in before
        answer = await home.save("caregiver", mode="seated", **{HEEL: "2"}, body_mass_kg="62")
        assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
        page = (await home.get(PAGE, "caregiver")).text
        assert "Demo mat: In force." in page
        assert "Left heel, outer: Fragile, or poor circulation" in page
        kept = home.held.profiles["p-rosa"]
        assert (kept.classes, kept.mode, kept.body_mass_kg) == ({"l_heel_lat": 2}, "seated", 62)

    played(tmp_path, scenario)
    found = look(tmp_path, lambda store: store.people.newest_profile("p-rosa"))
    assert found is not None
    # Above what the mat had: its configuration says version 1.
    assert (found.version, found.who, found.why) == (2, "Carl", "seen today")
    held = look(tmp_path, lambda store: store.people.enrolled(MAT))
    assert [each.version for each in held] == [2]
    lines = look(tmp_path, lambda store: store.audit.of_person("p-rosa", 9))
    told = [(line.account, line.did, line.detail) for line in lines]
    assert ("a-caregiver", "limits_changed", "version 2: seen today") in told
    assert ("a-caregiver", "read_person", "") in told


def test_a_mat_that_is_silent_gets_it_later_by_itself(tmp_path: Path) -> None:
    async def scenario(home: House) -> None:
        home.services.hub.take_status(b"offline")
        assert (await home.save(**{HEEL: "2"})).status_code == 303
        assert "the mat cannot be reached" in (await home.get(PAGE, "clinician")).text
        assert home.verbs == []
        home.wait(1.0)
        await home.services.profiles.look()
        assert home.verbs == ["profile.set"]
        assert "In force." in (await home.get(PAGE, "clinician")).text

    played(tmp_path, scenario)


def test_what_the_mat_does_not_answer_is_not_in_force(tmp_path: Path) -> None:
    async def scenario(home: House) -> None:
        home.answers = False
        looking = asyncio.create_task(home.save(**{HEEL: "2"}))
        while not home.asked:
            await asyncio.sleep(0)
        home.wait(9.0)
        assert (await looking).status_code == 303
        page = (await home.get(PAGE, "clinician")).text
        assert "Sent, not confirmed yet" in page
        assert "In force." not in page
        home.answers = True
        await home.services.profiles.look()
        assert len(home.asked) == 1
        home.wait(FIRST_GAP_S)
        await home.services.profiles.look()
        assert "In force." in (await home.get(PAGE, "clinician")).text

    played(tmp_path, scenario)


def test_a_mat_that_lost_its_profiles_gets_them_again_at_a_bounded_rate(tmp_path: Path) -> None:
    async def scenario(home: House) -> None:
        await home.save(**{HEEL: "2"})
        home.start_anew(People(had_one=True))
        assert home.says_missing()
        for _ in range(round(SETTLES_S)):
            home.wait(1.0)
            await home.services.profiles.look()
        assert "Sent, not confirmed yet" in (await home.get(PAGE, "clinician")).text
        for _ in range(round(FIRST_GAP_S)):
            home.wait(1.0)
            await home.services.profiles.look()
        assert home.verbs == ["profile.set"] * 2
        assert home.held.profiles["p-rosa"].classes == {"l_heel_lat": 2}
        assert not home.says_missing()
        assert "In force." in (await home.get(PAGE, "clinician")).text
        for _ in range(60):
            home.wait(1.0)
            await home.services.profiles.look()
        assert len(home.asked) == 2

    played(tmp_path, scenario)


def test_a_mat_with_an_older_version_gets_the_newest(tmp_path: Path) -> None:
    async def scenario(home: House) -> None:
        await home.save(**{HEEL: "2"})
        old = home.held
        await home.save(base="2", **{HEEL: "3"})
        assert home.held.profiles["p-rosa"].version == 3
        # An old copy of its card.
        home.start_anew(old)
        home.wait(FIRST_GAP_S)
        await home.services.profiles.look()
        assert home.verbs == ["profile.set"] * 3
        assert home.held.profiles["p-rosa"].classes == {"l_heel_lat": 3}

    played(tmp_path, scenario)


def test_a_mat_that_refuses_says_why_and_nothing_is_in_force(tmp_path: Path) -> None:
    async def scenario(home: House) -> None:
        await home.save(**{HEEL: "2"})
        # Somebody removed her at the mat: it takes only a higher version of her.
        home.rig.ask("profile.remove", person="p-rosa")
        home.hear()
        for _ in range(35):
            home.wait(1.0)
            await home.services.profiles.look()
        # After 10 s, and 20 s after that.
        assert home.verbs == ["profile.set"] * 3
        page = (await home.get(PAGE, "clinician")).text
        assert "the mat refused it" in page
        assert "is not above version 2" in page
        await home.save(base="2", **{HEEL: "2"})
        assert "In force." in (await home.get(PAGE, "clinician")).text
        assert home.held.profiles["p-rosa"].version == 3

    played(tmp_path, scenario)


def test_only_a_clinician_loosens(tmp_path: Path) -> None:
    async def scenario(home: House) -> None:
        for role in ("owner", "caregiver"):
            answer = await home.save(role, **{HEEL: "0"})
            assert (role, answer.status_code) == (role, 403)
            assert "Only a clinician may set this less careful" in answer.text
            assert 'id="zone-l_heel_lat" name="zone" open' in answer.text
        assert (await home.save("person")).status_code == 404
        assert home.asked == []
        assert (await home.save("clinician", **{HEEL: "0"})).status_code == 303
        assert home.held.profiles["p-rosa"].classes == {"l_heel_lat": 0}

    played(tmp_path, scenario)
    assert len(look(tmp_path, lambda store: store.people.profiles("p-rosa"))) == 1


def test_standing_on_fragile_zones_is_a_clinicians_word(tmp_path: Path) -> None:
    async def scenario(home: House) -> None:
        assert (await home.save("owner", mode="seated", **{HEEL: "2"})).status_code == 303
        answer = await home.save("owner", base="2", mode="standing")
        assert (answer.status_code, "only a clinician may let stand" in answer.text) == (403, True)
        assert (await home.save("clinician", base="2", mode="standing")).status_code == 303

    played(tmp_path, scenario)


def test_what_somebody_saved_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    async def scenario(home: House) -> None:
        await home.save(**{HEEL: "2"})
        answer = await home.save(**{HEEL: "1"})
        assert (answer.status_code, "saved another version meanwhile" in answer.text) == (409, True)
        assert home.held.profiles["p-rosa"].classes == {"l_heel_lat": 2}

    played(tmp_path, scenario)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"why": ""}, "Say why"),
        ({"foot_length_mm": "245"}, "needed both"),
        ({"body_mass_kg": "7"}, "from 20 to 400"),
        ({"zone_l_heel_lat": "9"}, "from 0 to 3"),
        ({"zone_l_nose": "2"}, "l_nose"),
    ],
)
def test_what_was_typed_wrong_is_shown_again_and_nothing_is_saved(
    tmp_path: Path, typed: dict[str, str], words: str
) -> None:
    async def scenario(home: House) -> None:
        answer = await home.save("clinician", **{"zone_l_toes": "3", **typed})
        assert (answer.status_code, words in answer.text) == (400, True)
        assert "Left toes: Keep off" in answer.text, "what was chosen is not lost"
        assert home.asked == []

    played(tmp_path, scenario)
    assert look(tmp_path, lambda store: store.people.newest_profile("p-rosa")) is None


def test_limits_are_a_clinicians_with_a_reason_within_the_bounds(tmp_path: Path) -> None:
    async def scenario(home: House) -> None:
        async def edit(role: str, base: str, **fields: str) -> int:
            sent = {"zone": "l_toes", "why": "callus", "base": base, **fields}
            return (await home.post(f"{PAGE}/limits", role, **sent)).status_code

        assert await edit("owner", "0", warning_kpa="90") == 403
        assert await edit("clinician", "0", limit_kpa="401") == 400
        assert await edit("clinician", "0", warning_kpa="160", why="") == 400
        assert await edit("clinician", "0", warning_kpa="160", advisory_kpa="100") == 303
        (found,) = home.held.profiles["p-rosa"].edits.items()
        assert found[0] == "l_toes"
        assert isinstance(found[1], LimitEdit)
        assert (found[1].who, found[1].why, found[1].warning_kpa) == ("Cleo", "callus", 160.0)
        assert "Limits edited by Cleo" in (await home.get(PAGE, "caregiver")).text
        assert "Limits of one zone" not in (await home.get(PAGE, "caregiver")).text
        assert await edit("clinician", "2") == 303
        assert home.held.profiles["p-rosa"].edits == {}

    played(tmp_path, scenario)


def test_who_is_on_the_mat_is_shown_when_the_mat_says_so(tmp_path: Path) -> None:
    async def scenario(home: House) -> None:
        async def choose(on: str) -> int:
            return (await home.post("/people/p-rosa/choose", "caregiver", on=on)).status_code

        async def shown(words: str) -> bool:
            return words in (await home.get("/people/p-rosa", "caregiver")).text

        assert await choose("yes") == 400
        assert await shown("the mat knows people by their profiles")
        await home.save()
        assert await shown("Not known.")
        assert await choose("yes") == 303
        assert home.held.person == "p-rosa"
        assert await shown("<b>Rosa</b> is on it")
        home.services.hub.take_state(make_state(boot_id=OTHER_BOOT))
        assert await shown("Not known.")
        home.wait(1.0)
        assert await choose("no") == 303
        assert home.held.chosen is None
        assert await shown("nobody in particular")
        home.services.hub.take_status(b"offline")
        assert await choose("yes") == 400
        assert await shown("Not known.")

    played(tmp_path, scenario)
    lines = look(tmp_path, lambda store: store.audit.of_person("p-rosa", 99))
    assert [each.detail for each in lines if each.did == "person_chosen"] == [
        "nobody in particular",
        "",
    ]


def test_who_does_not_use_the_mat_is_not_chosen(tmp_path: Path) -> None:
    async def scenario(home: House) -> None:
        answer = await home.post("/people/p-zoe/choose", "owner", on="yes")
        assert (answer.status_code, "does not use the mat" in answer.text) == (400, True)
        assert (await home.post("/people/p-zoe/choose", "clinician", on="yes")).status_code == 404

    played(tmp_path, scenario)


def test_before_the_mat_was_heard_no_form_is_shown(tmp_path: Path) -> None:
    async def scenario(home: House) -> None:
        home.services.hub.info = None
        assert "its zones are not known" in (await home.get(PAGE, "owner")).text
        assert (await home.save("owner")).status_code == 400

    played(tmp_path, scenario)


def test_everybody_on_the_mat_is_sent_once_for_each_start_of_the_dashboard(tmp_path: Path) -> None:
    async def scenario(home: House) -> None:
        home.services.hub.take_status(b"offline")
        await home.save(**{HEEL: "2"})
        for act, fields in (("enrol", {"mat": MAT}), ("profile", {"base": "0", "why": "new"})):
            sent = {**fields, "mode": "seated"} if act == "profile" else fields
            assert (await home.post(f"/people/p-zoe/{act}", "owner", **sent)).status_code == 303
        home.wait(1.0)
        await home.services.profiles.look()
        assert set(home.held.profiles) == {"p-rosa", "p-zoe"}
        await home.services.profiles.look()
        assert home.verbs == ["profile.set"] * 2
        # Who leaves and comes back is not confirmed any more, and is asked about again.
        for act in ("leave", "enrol"):
            await home.post(f"/people/p-rosa/{act}", "owner", mat=MAT)
        home.wait(FIRST_GAP_S)
        await home.services.profiles.look()
        assert home.verbs == ["profile.set"] * 3
        assert "In force." in (await home.get(PAGE, "clinician")).text

    played(tmp_path, scenario)
