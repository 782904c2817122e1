"""Provider plugins of the sandbox: what the Pulumi engine starts in place of the vendors' own plugins.

``python -m gatepost_sandbox.providers NAME VERSION ENGINE`` serves one provider over gRPC. Each one turns every
resource type it knows into real API calls against the sandbox's endpoints; a type, input or function it does not know
is an error. What they model, and which change replaces what: ``docs/sandbox-providers.md``.
"""
