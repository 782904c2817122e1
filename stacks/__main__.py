"""The fleet of this stack: ``Pulumi.<stack>.yaml`` says what it is."""

import pulumi

from gatepost.stack import fleet_from_config

fleet = fleet_from_config()
pulumi.export("remote_networks", fleet.remote_networks)
