"""The embedded local cloud that gatepost is proved against."""
