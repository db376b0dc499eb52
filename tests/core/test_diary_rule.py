"""The diary rule, each figure on both sides, and the dates it counts with."""

from __future__ import annotations

import datetime
import statistics
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dates import Date, day_number, month_later, spoken
from core.diary_rule import FLAG_WORDS, DiaryEntry, DiaryVerdict, SkinFlag, judge_diary
from core.errors import MessageError

FLAGS = get_args(SkinFlag)
DAYS = st.integers(0, 20).map(lambda n: datetime.date(2026, 2, 20) + datetime.timedelta(n))
ENTRIES = st.lists(
    st.builds(
        DiaryEntry,
        on=DAYS.map(datetime.date.isoformat),
        numbness=st.none() | st.integers(0, 10),
        skin=st.none() | st.lists(st.sampled_from(FLAGS), max_size=3).map(tuple),
    ),
    max_size=12,
)


TODAY = "2026-03-31"


def entry(
    day: int, numbness: int | None = None, skin: tuple[SkinFlag, ...] | None = None
) -> DiaryEntry:
    return DiaryEntry(f"2026-03-{day:02}", numbness, skin)


def rated(*answers: tuple[int, int]) -> DiaryVerdict:
    return judge_diary([entry(day, numbness) for day, numbness in answers], TODAY)


def test_two_above_the_median_blocks_and_is_to_be_shared() -> None:
    verdict = rated((1, 3), (3, 3), (5, 4), (7, 5))
    assert (verdict.blocked, verdict.share) == (True, True)
    assert (verdict.numbness, verdict.median, verdict.n_before) == (5, 3.0, 3)
    assert verdict.sentences == (
        "Numbness went up by 2 this week. Please tell your care team before the next session.",
    )


def test_less_than_two_above_it_does_not() -> None:
    assert rated((1, 3), (3, 3), (5, 4), (7, 4)) == DiaryVerdict(
        blocked=False, share=False, sentences=(), numbness=4, median=3.0, n_before=3
    )


def test_a_median_between_two_numbers_counts_as_it_is() -> None:
    assert not rated((1, 3), (2, 3), (3, 4), (4, 4), (7, 5)).blocked
    verdict = rated((1, 3), (2, 3), (3, 4), (4, 4), (7, 6))
    assert verdict.median == 3.5
    assert verdict.sentences[0].startswith("Numbness went up by 2.5 this week.")


def test_two_entries_are_too_few_and_three_are_enough() -> None:
    verdict = rated((1, 0), (2, 0), (7, 10))
    assert not verdict.blocked
    assert (verdict.median, verdict.n_before) == (None, 2)
    assert verdict.sentences == (
        "Entries on numbness in the seven days before: 2. 3 are needed, so nothing was compared.",
    )
    assert rated((1, 0), (2, 0), (6, 0), (7, 10)).blocked


def test_the_seventh_day_before_counts_and_the_eighth_does_not() -> None:
    assert rated((3, 0), (5, 0), (6, 0), (10, 2)).n_before == 3
    assert rated((2, 0), (5, 0), (6, 0), (10, 2)).n_before == 2


def test_entries_of_the_same_day_are_not_before_it_and_the_highest_counts() -> None:
    verdict = rated((9, 0), (10, 5), (10, 2), (8, 0), (7, 0))
    assert (verdict.numbness, verdict.n_before, verdict.blocked) == (5, 3, True)


def test_the_days_before_may_lie_in_another_month() -> None:
    entries = [DiaryEntry(f"2026-02-{day}", 1) for day in (26, 27, 28)]
    assert judge_diary([*entries, entry(5, 3)], TODAY).blocked
    assert judge_diary([*entries, entry(6, 3)], TODAY).n_before == 2


@pytest.mark.parametrize("flag", FLAGS)
def test_any_flag_of_the_skin_check_blocks(flag: SkinFlag) -> None:
    verdict = judge_diary([entry(1, skin=(flag,))], TODAY)
    assert (verdict.blocked, verdict.share, verdict.skin) == (True, True, (flag,))
    assert verdict.sentences[0] == (
        f"You noted {FLAG_WORDS[flag]}. Keep off the mat, and show it to your care team."
    )


def test_a_flag_stands_until_a_newer_check_without_it() -> None:
    flagged = entry(1, skin=("blister",))
    assert judge_diary([flagged, entry(2, 3)], TODAY).blocked
    assert not judge_diary([flagged, entry(2, skin=())], TODAY).blocked
    assert judge_diary([entry(1, skin=()), flagged], TODAY).skin == ("blister",)


def test_two_flags_stand_in_one_sentence() -> None:
    verdict = judge_diary([entry(1, skin=("swelling", "blister"))], TODAY)
    assert verdict.sentences[0].startswith("You noted a blister and swelling.")


def test_an_empty_diary_says_that_it_compares_with_nothing() -> None:
    verdict = judge_diary([], TODAY)
    assert not verdict.blocked
    assert verdict.sentences == (
        "Your diary has no entry on numbness yet. There is nothing to compare.",
    )


@given(ENTRIES)
def test_the_rule_said_again_with_real_dates(entries: list[DiaryEntry]) -> None:
    dated = [(datetime.date.fromisoformat(e.on), e) for e in entries]
    checks = [(on, e.skin) for on, e in dated if e.skin is not None]
    flagged = any(skin for on, skin in checks if on == max(c[0] for c in checks))
    answers = [(on, e.numbness) for on, e in dated if e.numbness is not None]
    rose = False
    if answers:
        newest = max(on for on, _ in answers)
        before = [n for on, n in answers if 1 <= (newest - on).days <= 7]
        now = max(n for on, n in answers if on == newest)
        rose = len(before) >= 3 and now >= statistics.median(before) + 2
    verdict = judge_diary(entries, TODAY)
    assert verdict.blocked == verdict.share == (flagged or rose)
    assert judge_diary(entries[::-1], TODAY) == verdict
    assert msgspec.json.decode(msgspec.json.encode(verdict), type=DiaryVerdict) == verdict


@given(st.dates(datetime.date(1900, 1, 1), datetime.date(2099, 11, 30)))
def test_dates_are_those_of_the_calendar(date: datetime.date) -> None:
    assert day_number(date.isoformat()) == (date - datetime.date(1970, 1, 1)).days
    later = datetime.date.fromisoformat(month_later(date.isoformat()))
    assert (later.year * 12 + later.month) - (date.year * 12 + date.month) == 1
    assert later.day == date.day or (later + datetime.timedelta(1)).day == 1
    assert spoken(date.isoformat()) == date.strftime("%-d %B %Y")


def test_a_month_after_the_last_of_january_is_the_last_of_february() -> None:
    assert month_later("2026-01-31") == "2026-02-28"
    assert month_later("2028-01-30") == "2028-02-29"
    assert month_later("2026-12-31") == "2027-01-31"


@pytest.mark.parametrize(
    "date",
    ["2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-04-00", "1.4.2026",
     "2026-4-1", "2026-04-01 ", "2026-04-01\n", "0026-04-01", ""],
)  # fmt: skip
def test_a_date_that_does_not_exist_is_refused(date: str) -> None:
    with pytest.raises(MessageError, match=r"date|there is no"):
        day_number(date)


def test_numbness_is_0_to_10_and_a_flag_is_one_of_the_list() -> None:
    assert msgspec.convert({"on": "2026-03-01", "numbness": 10}, DiaryEntry).numbness == 10
    for wrong in ({"numbness": 11}, {"numbness": -1}, {"skin": ["rash"]}, {"pain": 3}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"on": "2026-03-01", **wrong}, DiaryEntry)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert("1 March", Date)


def test_an_entry_of_a_later_day_is_a_slip_and_lifts_nothing() -> None:
    flagged = entry(5, 3, skin=("broken_skin",))
    slip = DiaryEntry("2027-03-04", 3, ())
    assert judge_diary([flagged, slip], "2026-03-06").blocked
    assert judge_diary([flagged, entry(6, 3, skin=())], "2026-03-05").blocked
    assert not judge_diary([flagged, entry(6, 3, skin=())], "2026-03-06").blocked
