"""All attacks, by group."""

from __future__ import annotations

from tests.attacks import configuration, forgery, git, network, processes, secrets, writes
from tests.attacks.attack import Attack

GROUPS: dict[str, tuple[Attack, ...]] = {
    "writes": writes.ATTACKS,
    "secrets": secrets.ATTACKS,
    "network": network.ATTACKS,
    "processes": processes.ATTACKS,
    "git": git.ATTACKS,
    "configuration": configuration.ATTACKS,
    "forgery": forgery.ATTACKS,
}
ATTACKS: tuple[Attack, ...] = tuple(attack for group in GROUPS.values() for attack in group)
