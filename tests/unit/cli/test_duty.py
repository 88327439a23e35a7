"""The keeper's risk model and costs are those that the settings state."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from property.strategies import dollar_snapshot
from pydantic import ValidationError
from timing_models import WORSE, model
from trimtab.cli.duty import covariance, native_price, policy_of, session_policy
from trimtab.cli.session import Session
from trimtab.cli.settings.schema import KeeperSettings
from trimtab.errors import BadInput
from trimtab.policy.presets import preset
from trimtab.policy.rules import Destination, Policy, PolicyKind

SNAPSHOT = dollar_snapshot([60, 40], [0.5, 0.5])


def settings(**fields):
    return KeeperSettings.model_validate(fields)


def test_settings_without_a_choice_are_the_cost_optimal_policy():
    assert policy_of(settings()) == preset("cost-optimal")


def test_a_preset_keeps_what_the_section_does_not_state():
    chosen = policy_of(settings(policy="vanguard-200-175", cost_multiple=3))

    assert chosen == replace(preset("vanguard-200-175"), cost_multiple=3.0)


def test_a_function_of_ones_own_is_loaded():
    chosen = policy_of(settings(policy="trimtab.policy.presets:preset"))

    assert chosen.kind is PolicyKind.CUSTOM
    assert chosen.function is preset


def test_a_policy_that_does_not_exist_is_a_fault_of_the_section():
    with pytest.raises(ValidationError):
        settings(policy="magic")


def test_every_choice_reaches_the_policy():
    chosen = settings(
        policy="calendar",
        destination="band_edge",
        trigger="3 %",
        relative_trigger="20 %",
        period="1 d",
        floor="50 bp",
        cost_multiple=1,
        risk_aversion=2,
        horizon="7 d",
    )

    assert policy_of(chosen) == Policy(
        kind=PolicyKind.CALENDAR,
        destination=Destination.BAND_EDGE,
        trigger=0.03,
        relative_trigger=0.2,
        period=86_400,
        floor=0.005,
        cost_multiple=1.0,
        risk_aversion=2.0,
        horizon=604_800,
    )


def test_without_volatilities_nothing_is_weighed():
    assert covariance(settings(), SNAPSHOT) == ()


@given(st.integers(1, 300), st.integers(1, 300), st.integers(0, 100))
def test_the_covariance_has_the_stated_volatilities_and_correlation(a, b, rho):
    chosen = settings(volatility={"T0": f"{a} %", "T1": f"{b} %"}, correlation=f"{rho} %")

    found = np.array(covariance(chosen, SNAPSHOT))

    sigma = np.sqrt(np.diag(found))
    assert sigma == pytest.approx([a / 100, b / 100])
    assert found[0, 1] == found[1, 0] == pytest.approx(sigma[0] * sigma[1] * rho / 100)
    assert np.linalg.eigvalsh(found).min() > -1e-12


def test_an_asset_without_a_volatility_counts_as_still():
    found = covariance(settings(volatility={"T1": "50 %"}), SNAPSHOT)

    assert found == ((0.0, 0.0), (0.0, 0.25))


def test_a_volatility_of_no_asset_is_refused():
    with pytest.raises(BadInput, match="names WETH, expected assets of this vault: T0, T1"):
        covariance(settings(volatility={"WETH": "50 %"}), SNAPSHOT)


def test_gas_is_priced_by_an_asset_or_by_a_number():
    assert native_price(settings(native_asset="T0"), SNAPSHOT).of(SNAPSHOT) == 1.0
    assert native_price(settings(native_price=3000), SNAPSHOT).of(SNAPSHOT) == 3000.0


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "keeper.native_asset is missing"),
        ({"native_asset": "WETH"}, 'gas is to be priced as "WETH"'),
    ],
)
def test_gas_without_a_price_is_refused(fields, message):
    with pytest.raises(BadInput, match=message):
        native_price(settings(**fields), SNAPSHOT)


def test_learnt_timing_belongs_to_the_cost_optimal_policy():
    assert settings(timing="timing.json").timing == "timing.json"
    with pytest.raises(ValidationError):
        settings(policy="corridor", timing="timing.json")


def write_configuration(folder, timing):
    (folder / "timing.json").write_text(timing)
    (folder / "trimtab.toml").write_text(
        '[node]\nurl = "http://127.0.0.1:1"\nchain_id = 31337\n[keeper]\ntiming = "timing.json"\n'
    )


def test_the_learnt_timing_that_the_section_names_is_read_once_and_said(tmp_path, capsys):
    write_configuration(tmp_path, model(compared=WORSE).text())
    session = Session(tmp_path / "trimtab.toml")

    chosen = [session_policy(session) for _ in range(2)]

    assert [policy.timing for policy in chosen] == [model(compared=WORSE)] * 2
    assert capsys.readouterr().err.count("the closed form decides") == 1


def test_a_timing_file_that_is_none_stops_the_keeper_by_its_name(tmp_path):
    write_configuration(tmp_path, "{}")

    with pytest.raises(BadInput, match=r"timing\.json: timing\.kind: expected"):
        session_policy(Session(tmp_path / "trimtab.toml"))
