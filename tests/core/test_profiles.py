"""Limits in 0.01 N and areas of a foot: the literal figures."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.class_limits import CLASS_LIMITS
from core.layout import load_layout
from core.pressure import PressureScale, contact_area_cm2
from core.profiles import Profile
from core.units import kpa_per_n, to_cn, to_kgf, to_us
from core.zone_limits import limits_for

FULL = load_layout("full16")


def test_the_row_of_class_1() -> None:
    row = CLASS_LIMITS[1]
    assert (row.warning_kpa, row.warning_s) == (150.0, 2.0)
    assert (row.limit_kpa, row.limit_s) == (200.0, 1.0)
    assert row.ceiling_kpa == 400.0


def test_limits_of_insole16_as_figures() -> None:
    """floor(kPa x cm2 x contact fraction x 10 / peak ratio): areas here are never scaled."""
    limits = limits_for(load_layout("insole16"), Profile())
    toes, mth1, mth23 = 0, 1, 2
    assert limits.cn("limit")[[toes, mth1, mth23]].tolist() == [12_933, 15_700, 29_294]
    assert limits.cn("warning")[[toes, mth1, mth23]].tolist() == [9_700, 11_775, 21_970]
    assert limits.cn("ceiling")[[toes, mth1, mth23]].tolist() == [25_866, 31_400, 58_588]
    assert limits.kpa("limit").tolist() == [200.0] * 16
    assert limits.persistence_us("warning").tolist() == [2_000_000] * 16
    assert limits.persistence_us("limit").tolist() == [1_000_000] * 16
    assert limits.contact_cn[[toes, mth1]].tolist() == [582, 314]


@given(
    st.floats(1, 1000), st.floats(1, 200), st.floats(0.01, 1), st.floats(1, 10),
)  # fmt: skip
def test_rounding_is_floor_in_doubles_in_that_order(
    kpa: float, area: float, fraction: float, ratio: float
) -> None:
    scale = PressureScale(np.array([area]), np.array([fraction]), np.array([ratio]))
    assert scale.peak_cn(np.array([kpa])).tolist() == [
        math.floor(kpa * area * fraction * 10.0 / ratio)
    ]
    force_cn = int(scale.peak_cn(np.array([kpa]))[0])
    factor = float(scale.peak_kpa_per_n[0])
    assert force_cn / 100 * factor <= kpa * (1 + 1e-12)
    assert (force_cn + 1) / 100 * factor > kpa * (1 - 1e-12)


def test_an_unknown_foot_is_230_by_87() -> None:
    share = 230 * 87 / (260 * 98)
    assert contact_area_cm2(FULL, None) == pytest.approx(FULL.area_cm2 * share)
    assert contact_area_cm2(FULL, (230.0, 87.0)).tolist() == contact_area_cm2(FULL, None).tolist()
    assert limits_for(FULL, Profile()).cn("limit")[0] == math.floor(
        200.0 * (36 * (230.0 * 87.0 / (260.0 * 98.0))) * 1.0 * 10.0 / 4.5
    )


@given(st.floats(50.1, 399.9), st.floats(50.1, 399.9))
def test_an_area_is_never_scaled_up(length: float, width: float) -> None:
    """A larger area would mean a higher limit."""
    area = contact_area_cm2(FULL, (length, width))
    assert (area <= FULL.area_cm2).all()
    assert area == pytest.approx(FULL.area_cm2 * min(1.0, length * width / (260 * 98)))


@given(st.floats(50.1, 399.9), st.floats(50.1, 399.9))
def test_the_areas_of_recordings_are_never_scaled(length: float, width: float) -> None:
    insole = load_layout("insole16")
    assert contact_area_cm2(insole, (length, width)).tolist() == insole.area_cm2.tolist()
    assert contact_area_cm2(insole, None).tolist() == insole.area_cm2.tolist()


def test_a_profile_is_checked() -> None:
    def read(text: str) -> Profile:
        return msgspec.json.decode(text, type=Profile)

    assert read("{}") == Profile(1, "seated", None)
    assert read('{"foot_mm": [250, 95.5]}').foot_mm == (250.0, 95.5)
    for bad in ('{"version": 0}', '{"mode": "lying"}', '{"foot_mm": [50, 95]}',
                '{"foot_mm": [250, 400]}', '{"foot_mm": [250]}',
                '{"classes": {"l_toes": 4}}', '{"nose": 1}'):  # fmt: skip
        with pytest.raises(msgspec.ValidationError):
            read(bad)


def test_units() -> None:
    assert kpa_per_n(np.array([1.0, 20.0])).tolist() == [10.0, 0.5]
    assert to_cn(np.array([0.005, 0.015, 1.234, -1.236])).tolist() == [0, 2, 123, -124]
    assert to_us(np.array([0.0000005, 1.0000015, 12.5])).tolist() == [0, 1_000_002, 12_500_000]
    assert to_kgf(9.80665) == 1.0
