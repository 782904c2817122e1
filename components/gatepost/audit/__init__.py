"""What runs in an account, judged by the rules of the policy pack: docs/audit.md.

Only `report` and `twingate` load without boto3 and the pack: import the others where an audit begins.
"""
