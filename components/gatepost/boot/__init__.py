"""Boot text: pure functions from settings to what a host runs when it starts, one module per platform."""
