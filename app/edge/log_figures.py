"""Figures of the log for Prometheus, looked up when they are asked for."""

from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from app import log
from app.core.errors import Unavailable
from app.core.work import Origin
from app.edge.services import Services


class LogFigures(Collector):
    """How large the log is, what waits, and since when it was signed and witnessed, in seconds."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def describe(self) -> list[Metric]:
        """Name nothing beforehand: to be registered asks no database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Give the figures; none while the log or the database does not answer."""
        try:
            policy = self._services.log.policy()
            with self._services.units.begin(Origin(door="metrics")) as work:
                state, now = log.state(work, policy), work.now
        except Unavailable:
            return
        yield GaugeMetricFamily("entente_log_size", "Entries with a place.", state.size)
        yield GaugeMetricFamily(
            "entente_log_unsequenced", "Entries that wait for a place.", state.unsequenced
        )
        if state.signed_at is not None:
            yield GaugeMetricFamily(
                "entente_log_checkpoint_seconds",
                "Since the newest checkpoint was signed.",
                (now - state.signed_at).total_seconds(),
            )
        witnessed = GaugeMetricFamily(
            "entente_log_witness_seconds",
            "Since a witness co-signed last.",
            labels=["witness"],
        )
        for one in state.witnesses:
            if one.at is not None:
                witnessed.add_metric([one.name], (now - one.at).total_seconds())
        yield witnessed
