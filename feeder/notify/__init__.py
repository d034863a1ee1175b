"""The world is told: hubs, webhooks, and the subscribers of the built-in hub."""
