"""One module per rule; the file name is the policy's name with underscores."""
