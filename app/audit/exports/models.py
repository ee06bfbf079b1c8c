"""How far the log was pushed to each receiver."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class PushedRow(Base):
    """The place of the last entry that a receiver has taken; `target` is the SHA-256 of its URL.

    Before the first, `index` is -1.
    """

    __tablename__ = "log_pushed"

    target: Mapped[bytes] = mapped_column(primary_key=True)
    log: Mapped[int]
    index: Mapped[int] = mapped_column(BigInteger)
    pushed_at: Mapped[datetime | None]
