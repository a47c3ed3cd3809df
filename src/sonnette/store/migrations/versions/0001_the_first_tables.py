"""The first tables: accounts, devices, bindings, call log and registration log."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:

    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("ha1_md5", sa.String(), nullable=False),
        sa.Column("ha1_sha256", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("created_ip", sa.String(), nullable=True),
        sa.Column("created_user_agent", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("domain", "phone", name="uq_account_domain_phone"),
        sa.UniqueConstraint("domain", "username", name="uq_account_domain_username"),
    )

    op.create_table(
        "binding",
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("contact", sa.LargeBinary(), nullable=False),
        sa.Column("path", sa.LargeBinary(), nullable=False),
        sa.Column("instance", sa.String(), nullable=False),
        sa.Column("reg_id", sa.Integer(), nullable=False),
        sa.Column("q", sa.Double(), nullable=False),
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("cseq", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("message_expires_at", sa.Double(), nullable=False),
        sa.Column("transport", sa.String(), nullable=False),
        sa.Column("source_ip", sa.String(), nullable=False),
        sa.Column("source_port", sa.Integer(), nullable=False),
        sa.Column("user_agent", sa.String(), nullable=False),
        sa.Column("parameters", sa.LargeBinary(), nullable=False),
        sa.Column("session", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("domain", "username", "key", name="pk_binding"),
    )

    op.create_table(
        "call_record",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("caller", sa.String(), nullable=False),
        sa.Column("callee", sa.String(), nullable=False),
        sa.Column("started_at", sa.Double(), nullable=False),
        sa.Column("completed", sa.Boolean(), nullable=False),
        sa.Column("duration_s", sa.Double(), nullable=True),
        sa.Column("ending", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_call_record"),
    )
    op.create_index("ix_call_record_callee", "call_record", ["callee"])
    op.create_index("ix_call_record_caller", "call_record", ["caller"])
    op.create_index("ix_call_record_started_at", "call_record", ["started_at"])
    op.create_index(
        "ix_call_record_open",
        "call_record",
        ["id"],
        sqlite_where=sa.text("ending = 'open'"),
        postgresql_where=sa.text("ending = 'open'"),
    )

    op.create_table(
        "registration_failure",
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("ip", sa.String(), nullable=False),
        sa.Column("hour", sa.Double(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("domain", "username", "ip", "hour", name="pk_registration_failure"),
    )
    op.create_index("ix_registration_failure_hour", "registration_failure", ["hour"])

    op.create_table(
        "registration_session",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("ip", sa.String(), nullable=False),
        sa.Column("started_at", sa.Double(), nullable=False),
        sa.Column("refreshed_at", sa.Double(), nullable=False),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_registration_session"),
    )
    op.create_index(
        "ix_registration_session_domain_username", "registration_session", ["domain", "username"]
    )
    op.create_index(
        "ix_registration_session_refreshed_at", "registration_session", ["refreshed_at"]
    )
    op.create_index(
        "ix_registration_session_open",
        "registration_session",
        ["id"],
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )

    op.create_table(
        "device",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("instance", sa.String(), nullable=False),
        sa.Column("user_agent", sa.String(), nullable=False),
        sa.Column("first_seen", sa.Double(), nullable=False),
        sa.Column("last_seen", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_device_account_id_account", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "instance", name="pk_device"),
    )
