"""``gatepost sandbox prepare``: what the settings of a stack adopt is made in a sandbox, with the ids of the file.

``file`` reads the settings, ``wants`` says what must be there, ``page`` has it made inside the sandbox, and each cloud
has a module that makes its part.
"""
