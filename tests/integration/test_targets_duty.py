"""A keeper that runs looks after targets as well: proposes them, and schedules if told to."""

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from integration.cli_desk import PASSWORD, open_desk
from trimtab.cli.session import Session
from trimtab.cli.targets_duty import RETRY, models_on_duty
from trimtab.errors import BadInput
from trimtab.local.prices import PriceHistory
from trimtab.local.synthetic import synthetic_history

SECTION = """
[targets]
prices = "prices.csv"
base = "30 %"
keeper = "schedule"
signer = "manager"

[signers.manager]
keystore = "manager.json"
"""


@pytest.fixture
def desk(tmp_path):
    """A vault, a manager whose key is at hand, and prices up to the chain's day."""
    with open_desk(tmp_path) as found:
        found.deploy()
        now = Session(found.config).node.head().timestamp
        write_prices(found, last=now)
        found.config.write_text(found.config.read_text() + SECTION)
        yield found


def write_prices(desk, *, last):
    made_up: PriceHistory = synthetic_history(("USDC", "BTC", "ETH"), 200, 3)
    rows = ["time_utc,USDC,BTC,ETH"]
    shift = last - made_up.timestamps[-1]
    for at, row in zip(made_up.timestamps, made_up.rows, strict=True):
        moment = datetime.fromtimestamp(at + shift, UTC).strftime("%Y-%m-%d %H:%M:%S")
        rows.append(f"{moment},{','.join(map(str, row))}")
    (desk.folder / "prices.csv").write_text("\n".join(rows) + "\n")


@contextmanager
def on_duty(desk, *, live, leads=True, **environment):
    told = []
    environment = {"TRIMTAB_PASSWORD": PASSWORD, "TRIMTAB__KEYS__KEYSTORE": "keeper.json"} | {
        f"TRIMTAB__TARGETS__{key.upper()}": value for key, value in environment.items()
    }
    with pytest.MonkeyPatch.context() as patched:
        for key, value in environment.items():
            patched.setitem(os.environ, key, value)
        session = Session(desk.config)

        def tell(title, text):
            told.append(f"{title}: {text}")

        with models_on_duty(session, tell, lambda: leads, live=live) as models:
            yield models, session.node.head(), told


def runs_of(desk):
    return sorted((desk.folder / "targets").glob("*.json"))


def ends_of(desk):
    return [int(asset["end_target"]) for asset in desk.json("inspect")["assets"]]


def test_without_live_a_run_is_stored_and_nothing_is_sent(desk):
    before = ends_of(desk)

    with on_duty(desk, live=False) as (models, head, told):
        models.step(head)
        models.step(head)

    assert len(runs_of(desk)) == 1
    assert ends_of(desk) == before
    assert len(told) == 1
    assert "are proposed: there is no earlier run of these assets" in told[0]


def test_told_to_schedule_the_manager_sends_once_and_leaves_moving_targets_alone(desk):
    with on_duty(desk, live=True) as (models, head, told):
        models.step(head)
    with on_duty(desk, live=True, due_after="1 h") as (models, head, more):
        models.step(head)

    (file,) = runs_of(desk)
    assert ends_of(desk) == json.loads(file.read_text())["targets"]
    assert "are scheduled" in told[0]
    assert more == []


def test_who_only_proposes_needs_no_key_of_the_manager(desk):
    (desk.folder / "manager.json").unlink()

    with on_duty(desk, live=True, keeper="propose") as (models, head, told):
        models.step(head)

    assert "are proposed" in told[0]


def test_old_prices_make_no_targets_and_do_not_stop_the_keeper(desk):
    write_prices(desk, last=Session(desk.config).node.head().timestamp - 10 * 86_400)

    with on_duty(desk, live=True) as (models, head, told):
        models.step(head)
        again = models._next_at

    assert "the newest prices are 10 d old, targets.max_age is 3 d" in told[0]
    assert again == head.timestamp + RETRY
    assert runs_of(desk) == []


def test_who_stands_by_proposes_nothing(desk):
    with on_duty(desk, live=True, leads=False) as (models, head, told):
        models.step(head)

    assert told == []
    assert runs_of(desk) == []


@pytest.mark.parametrize(
    ("signer", "keystore", "words"),
    [
        ("nobody", "manager.json", "which has manager"),
        ("manager", "holder.json", "but the vault's manager is 0x"),
    ],
)
def test_a_signer_that_is_not_the_manager_is_refused_at_the_start(desk, signer, keystore, words):
    text = desk.config.read_text()
    desk.config.write_text(text.replace('"manager.json"', f'"{keystore}"'))

    with pytest.raises(BadInput, match=words), on_duty(desk, live=True, signer=signer):
        pass


def test_the_running_keeper_proposes_by_itself_and_a_dry_one_sends_nothing(desk):
    before = ends_of(desk)
    settings = {
        "TRIMTAB_CONFIG": str(desk.config),
        "TRIMTAB_PASSWORD": PASSWORD,
        "TRIMTAB__KEYS__KEYSTORE": "keeper.json",
        "TRIMTAB__KEEPER__INTERVAL": "1 s",
    }
    command = [sys.executable, "-m", "trimtab", "keeper", "run", "--log-json"]
    with subprocess.Popen(
        command,
        env=os.environ | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        for _ in range(600):
            if runs_of(desk) or process.poll() is not None:
                break
            time.sleep(0.1)
        process.terminate()
        _, lines = process.communicate(timeout=60)

    assert process.returncode == 130, lines
    assert len(runs_of(desk)) == 1, lines
    assert "targets proposed" in lines
    assert ends_of(desk) == before
