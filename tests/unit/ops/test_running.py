"""What the runbook and the shipped files say can be done, can be done."""

import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from trimtab.cli import INTERRUPTED
from trimtab.cli.app import USER_FAULT
from trimtab.cli.settings import load_settings
from trimtab.cli.verbs import load_verbs
from trimtab.keeper.health import Limits
from typer.testing import CliRunner

ROOT = Path(__file__).parents[3]
OPS = ROOT / "deployments" / "ops"
EXAMPLE = ROOT / "bot" / "trimtab" / "cli" / "settings" / "example.toml"
PAGE = (ROOT / "docs" / "keeper.md").read_text()
UNIT_FILE = OPS / "systemd" / "trimtab.service"
COMPOSE = yaml.safe_load((OPS / "compose.yml").read_text())
DOCKERFILE = (OPS / "Dockerfile").read_text()
FOUND_BESIDE = {"trimtab.toml", "records", "secrets"}
"""What whoever runs the keeper puts beside compose.yml."""


class Unit(configparser.RawConfigParser):
    """A unit of systemd; a key may stand there several times."""

    def __init__(self):
        super().__init__(strict=False, delimiters=("=",), interpolation=None)
        self.optionxform = str


def commands():
    for block in re.findall(r"^```sh\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE):
        yield from block.splitlines()


def words_of(command):
    words = shlex.split(command)
    return words[1:] if words[0] == "sudo" else words


def ours(words):
    """The words after `trimtab`, wherever it stands among `words`."""
    programs = [i for i, word in enumerate(words) if Path(word).name == "trimtab"]
    return words[programs[0] + 1 :] if programs and words[0] != "useradd" else None


def understood(words):
    """What the command line makes of a command, short of doing it."""
    result = CliRunner().invoke(load_verbs(words), [*words, "--help"])
    return result.exit_code == 0 and "Usage: " in result.stdout, result.output


@pytest.mark.parametrize("command", sorted(set(commands())))
def test_a_command_of_the_runbook_is_one(command):
    words = words_of(command)
    program = Path(words[0]).name

    if program == "trimtab":
        fine, said = understood(words[1:])
        assert fine, said
    elif program == "docker":
        check_compose(words)
    elif program == "systemctl":
        assert words[1] in {"start", "stop", "restart", "enable", "daemon-reload"}
        assert set(words[2:]) <= {"--now", UNIT_FILE.stem}
    else:
        known = {"useradd", "python3", "pip", "install", "journalctl", "mkdir", "chown", "chmod"}
        assert program in known | {"curl", "sqlite3", "pg_dump", "cast", "mv"}
        subprocess.run(["bash", "-n", "-c", command], check=True)


def check_compose(words):
    assert words[1:3] == ["compose", "-f"]
    assert (ROOT / words[3]).resolve() == OPS / "compose.yml"
    verb, *rest = words[4:]
    assert verb in {"up", "stop", "logs", "exec"}
    named = [word for word in rest if not word.startswith("-")]
    if named:
        assert named[0] in COMPOSE["services"]
    if verb == "exec":
        fine, said = understood(named[2:])
        assert fine, said


def test_links_and_files_of_the_page_are_there():
    for target in re.findall(r"\]\((?!http)([^)#]+)", PAGE):
        assert (ROOT / "docs" / target).exists(), target
    for target in re.findall(r"deployments/ops/[\w./-]+", PAGE):
        assert (ROOT / target).exists() or target.endswith("secrets"), target


def test_sections_that_are_linked_to_are_there():
    for name, anchor in re.findall(r"\]\(([\w./]*)#([\w-]+)\)", PAGE):
        text = (ROOT / "docs" / name).read_text() if name else PAGE
        heads = [h.lower() for h in re.findall(r"^#+ (.*)$", text, re.MULTILINE)]
        assert anchor in {re.sub(r"[^\w -]", "", head).replace(" ", "-") for head in heads}


def settings_with(tmp_path, environment):
    """The model configuration with the variables of a unit or a container on top."""
    file = tmp_path / "trimtab.toml"
    file.write_text(EXAMPLE.read_text())
    return load_settings(file, environment)


def test_the_variables_of_the_unit_are_settings(tmp_path):
    lines = re.findall(r"^Environment=(\w+)=(.*)$", UNIT_FILE.read_text(), re.MULTILINE)

    settings = settings_with(tmp_path, dict(lines))

    assert settings.monitor.listen == ("127.0.0.1", 9464)
    assert {name for name, _ in lines} >= {"TRIMTAB_CONFIG", "TRIMTAB_PASSWORD_FILE"}


def test_the_unit_starts_the_keeper_and_knows_its_exit_codes():
    unit = Unit()
    unit.read(UNIT_FILE)
    service = unit["Service"]

    for key in ("ExecStartPre", "ExecStart"):
        fine, said = understood(ours(shlex.split(service[key])))
        assert fine, said
    assert int(service["SuccessExitStatus"]) == INTERRUPTED
    assert int(service["RestartPreventExitStatus"]) == USER_FAULT
    assert int(service["WatchdogSec"]) > Limits().turn
    assert service["Type"] == "notify"
    assert service["LimitCORE"] == "0"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_understands_the_unit(tmp_path):
    copy = tmp_path / UNIT_FILE.name
    copy.write_text(UNIT_FILE.read_text().replace("/opt/trimtab/bin/trimtab", "/bin/true"))

    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", copy], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_the_container_starts_the_keeper():
    start = re.findall(r"^(?:ENTRYPOINT|CMD) (\[.*\])$", DOCKERFILE, re.MULTILINE)
    words = [word for part in start for word in yaml.safe_load(part)]

    fine, said = understood(ours(words))

    assert fine, said
    assert re.search(r"^USER trimtab$", DOCKERFILE, re.MULTILINE)


def test_what_the_container_is_built_from_is_there():
    for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source


def test_the_variables_of_the_container_are_settings(tmp_path):
    environment = COMPOSE["services"]["keeper"]["environment"]
    settings = settings_with(tmp_path, environment)
    port = settings.monitor.listen[1]
    scrape = yaml.safe_load((OPS / "prometheus" / "prometheus.yml").read_text())

    assert settings.keeper.journal.startswith("postgresql://trimtab@postgres/")
    assert COMPOSE["services"]["keeper"]["expose"] == [str(port)]
    assert f"127.0.0.1:{port}/healthz" in DOCKERFILE
    (target,) = scrape["scrape_configs"][0]["static_configs"][0]["targets"]
    assert target == f"keeper:{port}"


def test_what_compose_mounts_is_shipped_or_put_beside_it():
    for name, service in COMPOSE["services"].items():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            if source.startswith("./"):
                beside = Path(source).parts[0] in FOUND_BESIDE
                assert beside or (OPS / source).is_file(), (name, source)
            else:
                assert source in COMPOSE["volumes"], (name, source)
        for secret in service.get("secrets", ()):
            assert secret in COMPOSE["secrets"], (name, secret)


def test_nothing_is_published_beyond_the_machine():
    for service in COMPOSE["services"].values():
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:")


def test_no_secret_is_shipped():
    names = {path.name for path in OPS.rglob("*")}

    assert not names & {"secrets", "password", "pgpass", "trimtab.toml"}
