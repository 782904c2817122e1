#!/bin/sh
# Installs the Connector of this bundle with Twingate's Helm chart, in the cluster that kubectl and helm are set to:
#   helm/install.sh --pair -       the token pair on standard input (or a file, which is deleted)
#   helm/install.sh                again: newest chart, settings of the bundle; the pair stays
# The namespace is twingate, or the value of GATEPOST_NAMESPACE. It is made when it is missing.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=pair.sh
. "$here/pair.sh"
options "$@"

[ -z "$replace" ] || fail "--replace is for install.sh. Here each Connector has a release of its own."
for program in kubectl helm; do
  command -v "$program" >/dev/null || fail "There is no $program here. Install it, and set it to the cluster."
done
namespace=${GATEPOST_NAMESPACE:-twingate}

running=''
secret() {
  printf 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: %s-pair\n' "$name"
  printf '  labels: {app.kubernetes.io/managed-by: gatepost}\n'
  printf '  annotations: {gatepost/connector-id: "%s"}\ntype: Opaque\nstringData:\n' "$connector_id"
  printf '  TWINGATE_ACCESS_TOKEN: "%s"\n  TWINGATE_REFRESH_TOKEN: "%s"\n' "$access_token" "$refresh_token"
}

if [ -n "$given" ]; then
  read_pair "$given"
  running=$(kubectl get deployment --namespace "$namespace" --selector "app.kubernetes.io/instance=$name" --output name \
    2>/dev/null || :)
  kubectl get namespace "$namespace" >/dev/null 2>&1 || kubectl create namespace "$namespace"
  # On standard input, so that no list of processes shows a token; by the server, so that no annotation keeps a copy.
  secret | kubectl apply --server-side --namespace "$namespace" --filename -
else
  held=$(kubectl get secret "$name-pair" --namespace "$namespace" \
    --output 'jsonpath={.metadata.annotations.gatepost/connector-id}' 2>/dev/null || :)
  [ "$held" = "$connector_id" ] || fail "The Secret $name-pair of the namespace $namespace has no pair of $connector_id." \
    "Run: gatepost pair $name | sh $here/helm/install.sh --pair -"
fi

helm upgrade --install "$name" connector --repo https://twingate.github.io/helm-charts \
  --namespace "$namespace" --values "$here/helm/values.yaml" --wait
[ -z "$running" ] || kubectl rollout restart deployment --namespace "$namespace" --selector "app.kubernetes.io/instance=$name"
echo "gatepost: $name runs. Twingate's console shows it connected within a minute."
