"""The policy pack as a program: `pulumi preview --policy-pack policies` runs this folder."""

from gatepost_policies import pack

if __name__ == "__main__":
    pack()
