"""Every command that the documentation shows is one: its verbs, its options, its values' places."""

import re
import shlex
from pathlib import Path

import pytest
import typer
from trimtab.cli.verbs import load_all

ROOT = Path(__file__).resolve().parents[3]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```sh[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands():
    """Each command line of a block, with what it continues on; comments and pipes cut off."""
    for page in PAGES:
        for block in BLOCK.findall(page.read_text()):
            for line in block.replace("\\\n", " ").splitlines():
                found = shlex.split(re.split(r" #| > | \| | && ", line.strip())[0], comments=True)
                while found and re.fullmatch(r"[A-Z_]+=.*", found[0]):
                    found = found[1:]
                if found:
                    yield page.name, found


KNOWN = sorted({(page, *words) for page, words in commands()})
OURS = [found for found in KNOWN if Path(found[1]).name == "trimtab"]
SCRIPTS = [found for found in KNOWN if found[1].startswith("scripts/")]


def check(command, words):
    """Walk down the verbs; an option that is unknown or lacks its value is refused."""
    context = command.context_class(command)
    while hasattr(command, "commands"):
        name = next((word for word in words if not word.startswith("-")), None)
        if name is None:
            return
        words = [word for word in words if word is not name]
        command = command.get_command(context, name)
        assert command is not None, f"no verb {name}"
        context = command.context_class(command, parent=context)
    if "--help" not in words:
        command.make_parser(context).parse_args(list(words))


@pytest.fixture(scope="module")
def application():
    return typer.main.get_command(load_all())


@pytest.mark.parametrize("found", OURS, ids=lambda found: " ".join(found)[:80])
def test_a_command_in_the_documentation_is_understood(application, found):
    check(application, list(found[2:]))


@pytest.mark.parametrize("found", SCRIPTS, ids=lambda found: " ".join(found)[:80])
def test_a_script_in_the_documentation_can_be_run(found):
    script = ROOT / found[1]

    assert script.is_file()
    assert script.stat().st_mode & 0o111


def test_a_wrong_option_would_be_noticed(application):
    with pytest.raises(Exception, match="--no-such-option"):
        check(application, ["inspect", "--no-such-option"])

    assert len(OURS) > 60
    assert len(SCRIPTS) > 8
