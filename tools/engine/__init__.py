"""Gets the Pulumi engine where it is not installed, and speaks Python for an engine that cannot."""
