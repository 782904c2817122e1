"""What a stack's settings come to, worked out before anything is made. Pure: no network, no cloud SDK, no Pulumi.

One module for each question; ``gatepost.plan.model`` puts the answers together.
"""
