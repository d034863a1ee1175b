"""Untrusted HTML becomes safe, absolute, XML-legal HTML and plain words. Pure."""
