"""Keys of log rows: random, so that they are known before the database has seen the row."""

from sonnette.base.entropy import Entropy


def draw_row_id(entropy: Entropy) -> int:
    """A positive number of 63 bits, never 0: SQLite and PostgreSQL both hold it."""
    return (int.from_bytes(entropy.draw(8), "big") >> 1) or 1
