"""What a person asks of an installation: preview, status, check, rebuild, replay, one-shot work."""
