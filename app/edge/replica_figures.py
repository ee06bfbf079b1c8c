"""Figures of the replicas for Prometheus, as this process has known them since it began."""

from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from app.core.replicas import Replicas


class ReplicaFigures(Collector):
    """Whether each replica is read from, how often it was, and how often the primary was instead.

    They are told apart by their place in the settings, never by an address.
    """

    def __init__(self, replicas: Replicas) -> None:
        self._replicas = replicas

    def collect(self) -> Iterator[Metric]:
        """Give the figures."""
        used = GaugeMetricFamily(
            "entente_replica_used", "Whether it is read from.", labels=["replica"]
        )
        read = CounterMetricFamily(
            "entente_replica_reads", "What was read there.", labels=["replica"]
        )
        passed = CounterMetricFamily(
            "entente_replica_passed",
            "What was asked there in vain, and then read on the primary.",
            labels=["replica"],
        )
        for number, replica in enumerate(self._replicas.all, 1):
            used.add_metric([str(number)], float(not replica.problem))
            read.add_metric([str(number)], replica.read_count)
            passed.add_metric([str(number)], replica.passed_count)
        yield from (used, read, passed)
