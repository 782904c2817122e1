#!/bin/sh
# Makes this Linux host (systemd, deb or rpm packages) the Connector of this bundle. Run it as root:
#   install.sh --pair -            the token pair on standard input (or a file, which is deleted)
#   install.sh                     again: newest package, settings of the bundle; the pair stays
#   install.sh --replace --pair -  take the place of the Connector that is on this host
set -eu
umask 022
here=$(cd "$(dirname "$0")" && pwd)
unit=twingate-connector.service
conf=/etc/twingate/connector.conf
mark=/etc/gatepost/bundle.env
# shellcheck source=pair.sh
. "$here/pair.sh"
options "$@"

[ "$(id -u)" -eq 0 ] || fail "This must be run as root. Use sudo."
command -v systemctl >/dev/null || fail "There is no systemd on this host. Use docker/install.sh of this bundle."
case $(uname -m) in
  x86_64 | amd64 | aarch64 | arm64) ;;
  *) fail "Twingate has no package for $(uname -m). Allowed: x86_64 and ARM64, or use docker/install.sh." ;;
esac

held=''
if [ -f "$mark" ]; then held=$(value GATEPOST_CONNECTOR_ID <"$mark"); fi
if [ -n "$held" ] && [ "$held" != "$connector_id" ]; then
  [ -n "$replace" ] || fail "This host runs the Connector $held, and a host runs one only. Take another host, or add" \
    "--replace --pair - to put $connector_id in its place."
  [ -n "$given" ] || fail "--replace needs the pair of $connector_id: add --pair -."
fi
access_token='' refresh_token=''
if [ -n "$given" ]; then
  read_pair "$given"
elif [ -f "$conf" ]; then
  access_token=$(value TWINGATE_ACCESS_TOKEN <"$conf")
  refresh_token=$(value TWINGATE_REFRESH_TOKEN <"$conf")
  if [ -z "$held" ] && [ -n "$access_token" ]; then
    fail "There is a pair in $conf that no bundle put there. Add --pair - to take its place."
  fi
fi

# Packages. Twingate's are not signed (help.twingate.com, article 5202917932); they come over HTTPS.
if command -v apt-get >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  chrony=chrony
  version() { dpkg-query -W -f '${Version}' twingate-connector 2>/dev/null || :; }
  packages() {
    apt-get -q -o DPkg::Lock::Timeout=300 update &&
      apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold install "$@"
  }
  put /etc/apt/sources.list.d/twingate.list 0644 <<'END'
deb [trusted=true] https://packages.twingate.com/apt/ /
END
elif command -v dnf >/dev/null; then
  chrony=chronyd
  version() { rpm -q --queryformat '%{VERSION}-%{RELEASE}' twingate-connector 2>/dev/null || :; }
  # Two commands, because one of them does not upgrade what is there, and the other does not install.
  packages() { dnf -q -y install "$@" && dnf -q -y --refresh upgrade twingate-connector; }
  put /etc/yum.repos.d/twingate.repo 0644 <<'END'
[twingate]
name=Twingate
baseurl=https://packages.twingate.com/rpm/
enabled=1
gpgcheck=0
END
else
  fail "This host has neither apt-get nor dnf. Use docker/install.sh of this bundle."
fi

# A clock that is 5 seconds off makes a Connector flap (help.twingate.com, article 4104282255).
clock=''
if [ "$(timedatectl show --property=NTP --value 2>/dev/null || :)" != yes ]; then clock=chrony; fi

before=$(version)
# shellcheck disable=SC2086  # no clock, no word
packages twingate-connector $clock ||
  fail "Packages cannot be installed; what the package manager says is above. Check DNS, and TCP 443 from this host to" \
    "packages.twingate.com and to its mirrors (firewall.md). Then run this again."
[ "$(version)" = "$before" ] || changed=1
if [ -n "$clock" ]; then
  systemctl enable --now "$chrony.service" || echo "gatepost: chrony does not start. See that the clock is right." >&2
fi

put /etc/sysctl.d/90-gatepost.conf 0644 <"$here/host/sysctl.conf"
sysctl -q --system || echo "gatepost: Some kernel settings could not be made." >&2
put "/etc/systemd/system/$unit.d/10-gatepost.conf" 0644 <"$here/host/service.conf"

mkdir -p "${conf%/*}"
chmod 0700 "${conf%/*}"
if [ -z "$access_token" ]; then
  systemctl daemon-reload
  echo "gatepost: This host is ready for $name, and waits for its pair. Run: gatepost pair $name | ssh HOST sudo sh $here/install.sh --pair -"
  exit 0
fi
put_pair "$conf" "$here/connector.env"
put "$mark" 0644 <"$here/bundle.env"

systemctl daemon-reload
systemctl enable "$unit"
if [ "$changed" -eq 1 ] || ! systemctl is-active --quiet "$unit"; then
  systemctl restart "$unit"
  echo "gatepost: $name runs with the settings of this bundle. Twingate's console shows it connected within a minute."
else
  echo "gatepost: $name runs already, and nothing was changed."
fi
