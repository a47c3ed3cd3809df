"""Draws the transition tables of the SIP stack as Mermaid state diagrams.

``python tools/state_diagrams.py`` prints them; with a Markdown file as argument, it writes
them there between the two marks.
"""

import sys
from collections import defaultdict
from enum import Enum
from pathlib import Path

from sonnette.sip.dialog import state as dialog
from sonnette.sip.dialog import subscription
from sonnette.sip.transaction.client import InviteClientTransaction, NonInviteClientTransaction
from sonnette.sip.transaction.server import InviteServerTransaction, NonInviteServerTransaction

BEGIN = "<!-- drawn by tools/state_diagrams.py -->\n"
END = "<!-- end of what is drawn -->\n"

Arrows = dict[tuple[Enum, Enum], list[str]]


def _of(transaction):
    return transaction.TABLE, transaction.FIRST


MACHINES = {
    "INVITE client transaction": _of(InviteClientTransaction),
    "Other client transactions": _of(NonInviteClientTransaction),
    "INVITE server transaction": _of(InviteServerTransaction),
    "Other server transactions": _of(NonInviteServerTransaction),
    "Dialog": (dialog.TABLE, dialog.State.EARLY),
    "Subscription": (subscription.TABLE, subscription.State.NOTIFY_WAIT),
}
"""Each table with the state it begins in."""


def arrows(table) -> Arrows:
    """The events that lead from one state to another; the next state may stand with an action."""
    found = defaultdict(list)
    for state, rules in table.items():
        for event, rule in rules.items():
            after = rule[0] if isinstance(rule, tuple) else rule
            found[state, after].append(event.name.lower().replace("_", " "))
    return found


def draw(table, first) -> str:
    """One diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {first.name}"]
    for (before, after), events in arrows(table).items():
        lines.append(f"    {before.name} --> {after.name}: {', '.join(events)}")
    return "\n".join(lines)


def draw_all() -> str:
    """Every diagram under its heading."""
    parts = [f"### {name}\n\n```mermaid\n{draw(*each)}\n```\n" for name, each in MACHINES.items()]
    return "\n".join(parts)


def put(page: str) -> str:
    """The page with the diagrams between its marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{draw_all()}\n{END}{after}"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        path = Path(sys.argv[1])
        path.write_text(put(path.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        print(draw_all())
