# shellcheck shell=sh disable=SC2034  # what is set here is read by the scripts
# Read by the install scripts: checks a token pair before anything is done with it. No token is ever printed.

: "${here:?this is read by the install scripts}"

fail() {
  echo "gatepost: $*" >&2
  exit 1
}

# value KEY: the value of a line KEY=VALUE of standard input.
value() {
  sed -n "s/^$1=//p" | head -n 1
}

# setting KEY: what this bundle says.
setting() {
  value "$1" <"$here/bundle.env"
}

# token KEY: one token of the pair, without a character that a reader of KEY=VALUE files could take for more.
token() {
  found=$(printf '%s\n' "$pair" | value "$1")
  case $found in
    '' | *[!A-Za-z0-9._~+/=-]*) fail "The pair has no usable $1. Get it again: gatepost pair $name" ;;
  esac
  printf '%s' "$found"
}

# read_pair FILE: sets access_token and refresh_token. A file other than - (standard input) is deleted.
read_pair() {
  if [ "$1" = - ]; then
    if [ -t 0 ]; then fail "The pair comes on standard input, not from the keyboard: gatepost pair $name | ..."; fi
    pair=$(cat)
  else
    [ -f "$1" ] || fail "There is no file $1 with a pair. Write it with: gatepost pair $name"
    pair=$(cat "$1")
  fi
  other=$(printf '%s\n' "$pair" | value GATEPOST_CONNECTOR_ID)
  [ -n "$other" ] || fail "There is no pair in what was given: no line GATEPOST_CONNECTOR_ID=. Get it: gatepost pair $name"
  [ "$other" = "$connector_id" ] ||
    fail "The pair is that of the Connector $other, and this bundle is for $connector_id. Get its own: gatepost pair $name"
  access_token=$(token TWINGATE_ACCESS_TOKEN)
  refresh_token=$(token TWINGATE_REFRESH_TOKEN)
  if [ "$1" != - ]; then rm -f -- "$1"; fi
}

# put FILE MODE: write standard input to a file, but only when that changes it; then changed is 1. Not in a pipe: what it
# sets there is lost.
put() {
  mkdir -p "${1%/*}"
  (umask 077 && cat >"$1.new")
  settle "$1" "$2"
}

# put_pair FILE SETTINGS: the same for the pair, after what the file SETTINGS says (empty: nothing).
put_pair() {
  (
    umask 077
    {
      [ -z "$2" ] || cat "$2"
      printf 'TWINGATE_ACCESS_TOKEN=%s\nTWINGATE_REFRESH_TOKEN=%s\n' "$access_token" "$refresh_token"
    } >"$1.new"
  )
  settle "$1" 0600
}

# settle FILE MODE: FILE.new takes the place of FILE.
settle() {
  chmod "$2" "$1.new"
  if [ -f "$1" ] && cmp -s "$1.new" "$1"; then
    rm -f "$1.new"
    chmod "$2" "$1"
  else
    mv -f "$1.new" "$1"
    changed=1
  fi
}

# options ARGUMENTS: sets given (file with a pair, - or empty) and replace (yes or empty).
options() {
  given='' replace=''
  while [ $# -gt 0 ]; do
    case $1 in
      --pair)
        [ $# -gt 1 ] || fail "--pair needs a file, or - for standard input."
        given=$2
        shift
        ;;
      --replace) replace=yes ;;
      *) fail "There is no option $1. Allowed: --pair FILE (or -), --replace." ;;
    esac
    shift
  done
}

name=$(setting GATEPOST_NAME)
connector_id=$(setting GATEPOST_CONNECTOR_ID)
changed=0
