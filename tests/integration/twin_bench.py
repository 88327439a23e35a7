"""A person's folder beside a twin: keystores, a vault's file, and the command line."""

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from integration.twin import Twin, vault_file, write_record_into
from trimtab.cli.keystore import write_keystore
from trimtab.cli.verbs import load_verbs
from trimtab.deploy.record import read_record
from trimtab.local.accounts import local_accounts
from typer.testing import CliRunner

PASSWORD = "correct horse"


@dataclass(frozen=True)
class Bench:
    """A folder with keystores and a vault's file."""

    twin: Twin
    folder: Path

    @property
    def config(self):
        return self.folder / "vault.toml"

    @property
    def record_file(self):
        (file,) = self.folder.glob("deployments/*/TWIN.json")
        return file

    @property
    def record(self):
        return read_record(self.record_file)

    @property
    def sent(self):
        """Transactions of the deployer so far."""
        return self.twin.node.transaction_count(local_accounts().deployer.address)

    @contextmanager
    def undone(self):
        """Put chain and journal back afterwards: each would contradict the other."""
        names = [file.name for file in self.folder.glob("trimtab.sqlite*")]
        kept = {name: (self.folder / name).read_bytes() for name in names}
        try:
            with self.twin.undone():
                yield self
        finally:
            for file in self.folder.glob("trimtab.sqlite*"):
                file.unlink()
            for name, content in kept.items():
                (self.folder / name).write_bytes(content)

    def run(self, *arguments, who="deployer", **environment):
        settings = {
            "TRIMTAB_PASSWORD": PASSWORD,
            "TRIMTAB_CONFIG": str(self.config),
            "TRIMTAB__KEYS__KEYSTORE": f"{who}.json",
        }
        words = [str(argument) for argument in arguments]
        return CliRunner().invoke(load_verbs(words), words, env=settings | environment)

    def done(self, *arguments, who="deployer", **environment):
        result = self.run(*arguments, who=who, **environment)
        assert result.exit_code == 0, result.output
        return result

    def deploy(self, *arguments):
        """Deploy for good, and name the record in the vault's file."""
        name = self.twin.network.name
        result = self.done("deploy", "--network", name, "--live", *arguments)
        write_record_into(self.config, self.record_file)
        return result


def bench_at(twin, folder, **changes):
    """A bench whose file has some sections of its own."""
    for who in ("deployer", "keeper", "holder"):
        write_keystore(folder / f"{who}.json", getattr(local_accounts(), who), PASSWORD, work=2)
    bench = Bench(twin, folder)
    bench.config.write_text(vault_file(twin.network, twin.chain.url, **changes))
    return bench
