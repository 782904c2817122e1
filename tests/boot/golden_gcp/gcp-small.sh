#!/bin/sh
# Written by gatepost. Nothing here is secret. Google runs this text at every start of the host; it does its work once,
# and again at the next start when it could not.
set -eu
umask 022
mark=/var/lib/gatepost/installed
if [ -e "$mark" ]; then exit 0; fi

file() {
  mkdir -p "${1%/*}"
  cat >"$1"
  chmod "$2" "$1"
}

file /etc/gatepost/host.env 0644 <<'GATEPOST_END'
GATEPOST_PLATFORM=gcp
GATEPOST_SECRET=projects/acme/secrets/payments-frankfurt-a-pair-1f3c/versions/latest
GATEPOST_END

file /etc/gatepost/connector.env 0644 <<'GATEPOST_END'
TWINGATE_NETWORK=acme
GATEPOST_END

file /etc/gatepost/metadata.nft 0644 <<'GATEPOST_END'
table inet gatepost
delete table inet gatepost
table inet gatepost {
  chain output {
    type filter hook output priority filter; policy accept;
    socket cgroupv2 level 2 "system.slice/twingate-connector.service" jump connector
  }
  chain connector {
    ip daddr 169.254.169.254 tcp dport != 53 reject with tcp reset
    ip6 daddr fd20:ce::254 tcp dport != 53 reject with tcp reset
  }
}
GATEPOST_END

file /etc/apt/sources.list.d/twingate.list 0644 <<'GATEPOST_END'
deb [trusted=true] https://packages.twingate.com/apt/ /
GATEPOST_END

file /etc/apt/apt.conf.d/60gatepost 0644 <<'GATEPOST_END'
APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
DPkg::Post-Invoke { "case $(readlink /proc/$(systemctl show --property MainPID --value twingate-connector.service)/exe) in *' (deleted)') systemctl restart --no-block twingate-connector.service;; esac"; };
Unattended-Upgrade::Origins-Pattern { "site=packages.twingate.com"; };
GATEPOST_END

file /etc/systemd/system/apt-daily-upgrade.timer.d/10-gatepost.conf 0644 <<'GATEPOST_END'
[Timer]
OnCalendar=
OnCalendar=*-*-* 03:00 UTC
RandomizedDelaySec=30m
Persistent=false
GATEPOST_END

file /usr/local/lib/gatepost/fetch_pair 0755 <<'GATEPOST_END'
(fetch_pair_gcp.py)
GATEPOST_END

file /etc/systemd/system/gatepost-pair.service 0644 <<'GATEPOST_END'
[Unit]
Description=Token pair of the Twingate Connector
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
Type=oneshot
ExecStart=/usr/local/lib/gatepost/fetch_pair
TimeoutStartSec=180
StandardError=journal+console
GATEPOST_END

file /etc/systemd/system/twingate-connector.service.d/10-gatepost.conf 0644 <<'GATEPOST_END'
[Unit]
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
ExecStartPre=+/bin/systemctl start gatepost-pair.service
TimeoutStartSec=240
Restart=always
RestartSec=10
LimitNOFILE=131072
Slice=system.slice
ExecStartPre=+/usr/sbin/nft -f /etc/gatepost/metadata.nft
GATEPOST_END

[ -e /etc/twingate/connector.conf ] || file /etc/twingate/connector.conf 0600 <<'GATEPOST_END'
# gatepost-pair.service replaces this file.
GATEPOST_END

file /etc/sysctl.d/90-gatepost.conf 0644 <<'GATEPOST_END'
net.ipv4.ip_local_port_range = 10240 65535
net.ipv4.ping_group_range = 0 2147483647
GATEPOST_END

sysctl --system || echo "gatepost: Some kernel settings could not be made." >&2

export DEBIAN_FRONTEND=noninteractive
install() {
  apt-get -q -o DPkg::Lock::Timeout=300 update &&
    apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold install nftables unattended-upgrades twingate-connector
}
left=40
until install; do
  left=$((left - 1))
  if [ "$left" -eq 0 ]; then
    echo "gatepost: Packages cannot be installed; what apt says is above. Check DNS, the route and TCP 443 from this" \
      "host to packages.twingate.com and deb.debian.org. The next start tries again." >&2
    exit 1
  fi
  sleep 15
done

systemctl daemon-reload
systemctl enable twingate-connector.service
systemctl restart --no-block twingate-connector.service
mkdir -p "${mark%/*}"
: >"$mark"
