"""Metrics that every role exposes."""

from prometheus_client import Gauge

READY = Gauge("mingchu_role_ready", "1 once the role does its work, 0 before")
PROGRESS = Gauge("mingchu_role_progress", "Steps of the start that are done; it increases while a role starts")
