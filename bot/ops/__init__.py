"""For the person who runs it: readiness, metrics, alerts, doctor, backup, prune."""
