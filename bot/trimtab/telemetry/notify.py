"""Sends messages to people, through any service that apprise knows."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from trimtab.errors import BadInput


class AppriseNotifier:
    """Mail, chat and telephone services, each behind an address with its secrets in it.

    Parameters
    ----------
    urls
        Addresses as apprise writes them; they are never repeated in a log or an error.

    Raises
    ------
    BadInput
        If apprise is not installed, or does not understand an address.
    """

    def __init__(self, urls: Sequence[str]) -> None:
        try:
            apprise: Any = import_module("apprise")
        except ImportError:
            raise BadInput(
                'alerts need apprise: install the extra, pip install "trimtab[alerts]", or leave '
                "out section [alerts]"
            ) from None
        _silence()
        self._services = apprise.Apprise()
        for position, url in enumerate(urls, start=1):
            if not self._services.add(url):
                raise BadInput(
                    f"address {position} of {len(urls)} for alerts is none that apprise knows "
                    "(not shown): expected one such as mailto://… or tgram://…"
                )

    def send(self, title: str, body: str) -> bool:
        """Hand a message to every service; whether all took it."""
        return bool(self._services.notify(title=title, body=body))


def _silence() -> None:
    """Keep apprise's own log lines out: they carry addresses and what services answer."""
    logger = logging.getLogger("apprise")
    logger.propagate = False
    logger.handlers = [logging.NullHandler()]
