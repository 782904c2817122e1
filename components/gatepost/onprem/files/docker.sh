#!/bin/sh
# Starts the Connector of this bundle with Docker Compose. Run it as root or as a member of the group docker:
#   docker/install.sh --pair -     the token pair on standard input (or a file, which is deleted)
#   docker/install.sh              again: newest image, settings of the bundle; the pair stays
set -eu
umask 022
here=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=pair.sh
. "$here/pair.sh"
options "$@"

[ -z "$replace" ] || fail "--replace is for install.sh. Here each Connector has a folder and a container of its own."
docker compose version >/dev/null 2>&1 || fail "There is no Docker Compose here: 'docker compose version' fails. Install it."

folder=${GATEPOST_DOCKER_FOLDER:-/etc/gatepost/docker}/$name
if [ -f "$folder/bundle.env" ]; then
  held=$(value GATEPOST_CONNECTOR_ID <"$folder/bundle.env")
  [ "$held" = "$connector_id" ] || [ -n "$given" ] ||
    fail "$folder has the pair of the Connector $held, and this bundle is for $connector_id. Add --pair -."
fi
if [ -n "$given" ]; then
  read_pair "$given"
elif [ ! -f "$folder/pair.env" ]; then
  fail "The Connector has no pair yet. Run: gatepost pair $name | ssh HOST sudo sh $here/docker/install.sh --pair -"
fi
mkdir -p "$folder"
chmod 0700 "$folder"
[ -z "$given" ] || put_pair "$folder/pair.env" ''
put "$folder/connector.env" 0644 <"$here/connector.env"
put "$folder/compose.yaml" 0644 <"$here/docker/compose.yaml"
put "$folder/bundle.env" 0644 <"$here/bundle.env"

if [ "$(timedatectl show --property=NTPSynchronized --value 2>/dev/null || echo yes)" != yes ]; then
  echo "gatepost: The clock of this host is not synchronized. Five seconds off make a Connector flap: install chrony." >&2
fi

docker compose --project-directory "$folder" pull --quiet ||
  fail "The image cannot be had. Check DNS, and TCP 443 from this host to Docker Hub (firewall.md). Then run this again."
docker compose --project-directory "$folder" up --detach --remove-orphans
echo "gatepost: $name runs. Twingate's console shows it connected within a minute."
