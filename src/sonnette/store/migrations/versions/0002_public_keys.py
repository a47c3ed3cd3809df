"""The tables of public keys for end-to-end encryption."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:

    op.create_table(
        "lime_device",
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("algorithm", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.LargeBinary(), nullable=False),
        sa.Column("signed_number", sa.BigInteger(), nullable=False),
        sa.Column("signed_public", sa.LargeBinary(), nullable=False),
        sa.Column("signed_signature", sa.LargeBinary(), nullable=False),
        sa.Column("published_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name="fk_lime_device_account_id_account",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("device", "algorithm", name="pk_lime_device"),
    )
    op.create_index("ix_lime_device_account_id", "lime_device", ["account_id"])

    op.create_table(
        "lime_one_time_key",
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("algorithm", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name="fk_lime_one_time_key_account_id_account",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["device", "algorithm"],
            ["lime_device.device", "lime_device.algorithm"],
            name="fk_lime_one_time_key_device_lime_device",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("device", "algorithm", "number", name="pk_lime_one_time_key"),
    )
    op.create_index("ix_lime_one_time_key_account_id", "lime_one_time_key", ["account_id"])
