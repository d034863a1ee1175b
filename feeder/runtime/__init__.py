"""The daemon: scheduler, maintenance, metrics, sandbox, logs, systemd."""
