"""Alerts: what reads as a finding is told at once, on a page and by mail."""

from app.audit.alerts.commands import Acknowledge
from app.audit.alerts.findings import AlertKind, sentence
from app.audit.alerts.service import (
    acknowledge,
    alerts,
    look,
    look_at_the_log,
    mailed,
    not_mailed,
    take_mail,
)
from app.audit.alerts.views import AlertEntry, AlertMail, AlertsView, AlertView

__all__ = [
    "Acknowledge",
    "AlertEntry",
    "AlertKind",
    "AlertMail",
    "AlertView",
    "AlertsView",
    "acknowledge",
    "alerts",
    "look",
    "look_at_the_log",
    "mailed",
    "not_mailed",
    "sentence",
    "take_mail",
]
