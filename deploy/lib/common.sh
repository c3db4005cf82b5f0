# Shell functions that deploy/quickstart and tests/run share. Source it from bash with
# `set -euo pipefail`; it sets ROOT and changes into it.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$ROOT"

# Colours are for people at a terminal; a log or a pipe gets plain text.
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
  BOLD=$'\e[1m' DIM=$'\e[2m' RED=$'\e[31m' GREEN=$'\e[32m' YELLOW=$'\e[33m' BLUE=$'\e[34m'
  PLAIN=$'\e[0m'
else
  BOLD='' DIM='' RED='' GREEN='' YELLOW='' BLUE='' PLAIN=''
fi

# say TEXT…: a heading of what is done next.
say() { printf '%s==>%s %s%s%s\n' "$BLUE" "$PLAIN" "$BOLD" "$*" "$PLAIN"; }
# note TEXT…: a line below a heading.
note() { printf '    %s\n' "$*"; }
# die TEXT…: ends the script.
die() {
  printf '%s%s%s\n' "$RED" "$*" "$PLAIN" >&2
  exit 1
}

# -- Processes ----------------------------------------------------------------

# What was started in the background: ids of process groups.
GROUPS_STARTED=()

# start COMMAND…: runs it in the background in a process group of its own and leaves
# its id in STARTED. Redirect its output at the call.
start() {
  set -m
  "$@" </dev/null &
  STARTED=$!
  set +m
  GROUPS_STARTED+=("$STARTED")
}

# run COMMAND…: runs it to its end, but so that a signal to this script ends it too.
run() {
  start "$@"
  local group=$STARTED result=0
  wait "$group" || result=$?
  forget_group "$group"
  return "$result"
}

forget_group() {
  local kept=() group
  for group in "${GROUPS_STARTED[@]}"; do
    [[ $group == "$1" ]] || kept+=("$group")
  done
  GROUPS_STARTED=("${kept[@]}")
}

# Ends what was started: first politely, so that servers drain, then by force.
STOP_WAIT_SECONDS_MAX=10
stop_all() {
  local group tries
  for group in "${GROUPS_STARTED[@]}"; do
    kill -TERM -- "-$group" 2>/dev/null || true
  done
  for group in "${GROUPS_STARTED[@]}"; do
    for ((tries = 0; tries < STOP_WAIT_SECONDS_MAX * 10; ++tries)); do
      kill -0 -- "-$group" 2>/dev/null || break
      sleep 0.1
    done
    kill -KILL -- "-$group" 2>/dev/null || true
    wait "$group" 2>/dev/null || true
  done
  GROUPS_STARTED=()
}

# stop_all_on_exit: nothing is left running, however the script ends.
stop_all_on_exit() {
  trap stop_all EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
}

# -- What is needed -------------------------------------------------------------

as_root() {
  if [[ $(id -u) == 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "To install packages, run this as root or install sudo."
  fi
}

# Prints the packages of deploy/packages.txt that are not installed.
missing_packages() {
  local package
  while read -r package; do
    [[ -z $package || $package == \#* ]] && continue
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
      echo "$package"
  done <deploy/packages.txt
  command -v node >/dev/null || echo nodejs
  command -v npm >/dev/null || echo npm
}

# Installs the packages it is given; run as root. Debian starts a service as it installs it,
# and again with the machine. Here nginx is a program that a test runs: it must take nobody's
# port 80. Where the administrator has a policy of his own, that one holds.
INSTALL='
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
  trap "rm -f $policy" EXIT
  printf "#!/bin/sh\nexit 101\n" >$policy
  chmod 755 $policy
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
if [[ " $* " == *" nginx "* ]]; then
  update-rc.d nginx disable >/dev/null
fi
'

# install_missing: Debian packages, then the contract's tool. Touches the network only
# if something is not there.
install_missing() {
  command -v dpkg-query >/dev/null || die "This needs Debian 12 or something close to it."
  local missing
  mapfile -t missing < <(missing_packages)
  if ((${#missing[@]})); then
    note "installing ${missing[*]}"
    as_root bash -euo pipefail -c "$INSTALL" install "${missing[@]}"
  else
    note "all Debian packages are installed"
  fi
  if [[ ! -x node_modules/.bin/buf ]]; then
    note "installing buf (npm install)"
    # Not `npm ci`: it wants every platform's binary in the lock, not only this one's.
    npm install --no-save --loglevel=error --no-fund --no-audit
  else
    note "buf is installed"
  fi
}

# The binary itself starts ten times faster than its npm wrapper.
find_buf() {
  BUF=$(compgen -G "$ROOT/node_modules/@bufbuild/buf-linux-*/bin/buf" | head -n 1 || true)
  [[ -n $BUF ]] || BUF=$ROOT/node_modules/.bin/buf
}

# -- Building -------------------------------------------------------------------

# The cache is shared by all builds of all checkouts; limited, and independent of where
# the checkout lies.
export CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-5G}
export CCACHE_BASEDIR=$ROOT
export CCACHE_NOHASHDIR=1

# configure PRESET: as CMakePresets.json says.
configure() { cmake --preset "$1" -Wno-dev >"build/$1-configure.log" 2>&1 || {
  cat "build/$1-configure.log" >&2
  return 1
}; }

# build PRESET [TARGET…]: all targets if none is named.
build() {
  local preset=$1
  shift
  mkdir -p build
  configure "$preset" || return
  if (($#)); then
    cmake --build "build/$preset" -- -k 20 "$@"
  else
    cmake --build "build/$preset" -- -k 20
  fi
}
