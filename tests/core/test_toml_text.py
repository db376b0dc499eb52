"""Configuration text: what is refused names its line, whatever is wrong."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import LayoutError, MatError
from core.toml_text import line_of, line_of_item, read_tables


class Inner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    size: int = 1


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    size: int


class Inner2(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    item: tuple[Item, ...] = ()


class Lists(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    a: Inner2 = Inner2()


LISTS = "[a]\n[[a.item]]\nsize = 1\n\n[[ a.item ]]\n# words\nsize = 2\n[[a.item]]\nsize = 3\n"


class Outer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    a: Inner
    b: Inner = Inner()


GOOD = "[a]\nsize = 2\n\n[ b ]\n# words\nsize = 3\n"


def refusal(text: str) -> str:
    with pytest.raises(LayoutError) as caught:
        read_tables(text, "x.toml", Outer, LayoutError)
    return str(caught.value)


def test_reads_tables() -> None:
    assert read_tables(GOOD, "x.toml", Outer, LayoutError) == Outer(Inner(2), Inner(3))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("size = 3", 'size = "3"', "line 6: b.size: expected `int`, got `str`; correct it, or"),
        ("size = 3", "sise = 3", "line 6: b.sise: object contains unknown field `sise`; remove it"),
        ("[ b ]", "[c]", "line 4: c: object contains unknown field `c`; remove it"),
        ("[a]\nsize = 2\n", "", "line 1: object missing required field `a`; add it"),
        ("[a]", "size = 1\n[a]", "line 1: size: object contains unknown field `size`; remove it"),
        ("[ b ]", "[ b", "line 4: not TOML: "),
        ("size = 3", "size = " + "[" * 3000, "line 6: not TOML: "),
        ("size = 3", "size = " + "1" * 5000, "line 6: not TOML: "),
    ],
)
def test_says_line_name_reason_and_what_to_do(old: str, new: str, said: str) -> None:
    assert said in refusal(GOOD.replace(old, new, 1))


def test_lines_of_keys_and_tables() -> None:
    assert line_of(GOOD, "b", "size") == 6
    assert line_of(GOOD, "b", "other") == 4
    assert line_of(GOOD, "nowhere", "size") == 1


@given(st.text(max_size=200))
def test_no_text_raises_anything_else(text: str) -> None:
    said = "x: line "
    try:
        read_tables(text, "x", Outer, LayoutError)
    except MatError as error:
        said = str(error)
    assert said.startswith("x: line ")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("size = 2", 'size = "2"', "line 7: a.item.size: expected `int`, got `str`; correct it"),
        ("size = 3", "sise = 3", "line 9: a.item.sise: object contains unknown field `sise`; remo"),
        ("size = 2\n", "", "line 5: a.item.size: object missing required field `size`; add it"),
        (LISTS, "[a]\nitem = [{size = 1}, {size = 'x'}]", "line 2: a.item.size: expected `int`"),
        (LISTS, "[a]\nitem = [1]", "line 2: a.item: expected `object`, got `int`; correct it"),
    ],
)
def test_a_table_of_an_array_is_found_by_its_number(old: str, new: str, said: str) -> None:
    with pytest.raises(LayoutError) as caught:
        read_tables(LISTS.replace(old, new, 1), "x.toml", Lists, LayoutError)
    assert said in str(caught.value)


def test_lines_of_items() -> None:
    assert read_tables(LISTS, "x.toml", Lists, LayoutError).a.item == (Item(1), Item(2), Item(3))
    assert [line_of_item(LISTS, "a.item", n, "size") for n in range(3)] == [3, 7, 9]
    assert [line_of_item(LISTS, "a.item", n, "") for n in range(4)] == [2, 5, 8, 1]
