#!/bin/sh
# Makes this checkout ready: installs the Debian packages whose commands are missing, the npm packages that the lock
# file names, and compiles. Says nothing and takes no time when there is nothing to do.
#
#   sh scripts/setup.sh demo       what the demonstration needs
#   sh scripts/setup.sh test       and what the tests need besides
#   sh scripts/setup.sh nodes      and what LB nodes that boot systemd need (mmdebstrap, systemd-nspawn)
#   sh scripts/setup.sh package    what building the Debian package needs
set -eu
umask 022
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
# Root's commands are commands too, also for a user whose PATH does not name them. FRR keeps its daemons to itself.
search=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/frr

# command and the Debian package it comes from; a machine that has the command from elsewhere keeps it
commands_for() {
  case $1 in demo | test | nodes)
    echo 'ip iproute2
nft nftables
sysctl procps
nsenter util-linux
curl curl
openssl openssl
ping iputils-ping
bgpd frr
gobgpd gobgpd'
    ;;
  esac
  case $1 in test | nodes)
    echo 'kubectl kubernetes-client
bird bird2
systemd-analyze systemd'
    ;;
  esac
  case $1 in nodes)
    echo 'mmdebstrap mmdebstrap
systemd-nspawn systemd-container'
    ;;
  esac
  case $1 in nodes | package)
    echo 'dpkg-deb dpkg'
    ;;
  esac
}

say() { echo "setup: $*" >&2; }
fail() {
  say "$*"
  exit 1
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "this needs root: become root, or install sudo"
  fi
}

missing_packages() {
  commands_for "$1" | while read -r command package; do
    PATH=$search command -v "$command" >/dev/null || echo "$package"
  done | sort -u | tr '\n' ' '
}

# Debian starts what it installs. Nothing of ours may talk to the machine's own network: a policy forbids starting
# while we install, and units that came along are not enabled for the next boot either.
install_packages() {
  packages=$1
  command -v apt-get >/dev/null || fail "please install the equivalents of these Debian packages: $packages"
  say "installing Debian packages: $packages"
  policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
    trap 'exit 130' INT TERM HUP
    printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
    as_root chmod 755 $policy
  fi
  log=$(mktemp)
  # The package lists of a fresh machine are empty or old: fetch them only when installing fails without.
  # shellcheck disable=SC2086  # a list of words
  if ! apt_get "$log" install $packages; then
    say "fetching package lists"
    apt_get "$log" update || fail_with "$log" "apt-get update failed"
    apt_get "$log" install $packages || fail_with "$log" "apt-get install failed"
  fi
  rm -f "$log"
  for unit in frr bird bird6 gobgpd; do
    case " $packages" in *" $unit"*) as_root rm -f "/etc/systemd/system/multi-user.target.wants/$unit.service" ;; esac
  done
  if [ "$(cat $policy 2>/dev/null)" = "$(printf '#!/bin/sh\nexit 101')" ]; then
    as_root rm -f $policy
  fi
  trap - EXIT
}

apt_get() {
  apt_log=$1
  shift
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 \
    --no-install-recommends "$@" >"$apt_log" 2>&1 </dev/null
}

fail_with() {
  tail -n 20 "$1" >&2
  rm -f "$1"
  fail "$2"
}

# The stamp holds the lock file that node_modules was installed from.
install_npm_packages() {
  cmp -s package-lock.json node_modules/.fairlead-lock && return
  say "installing npm packages (npm ci)"
  # Trust whom the machine trusts (a company's proxy): Debian's npm looks at its own list only.
  if [ -z "${NODE_EXTRA_CA_CERTS:-}" ] && [ -r /etc/ssl/certs/ca-certificates.crt ]; then
    export NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
  fi
  # The machine's npm may be older than the Node.js we pin: only errors count. No package needs its install script.
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2 </dev/null
  # Debian's npm 9 makes no link to the pinned Node.js; npm 11 does.
  case $(uname -m) in aarch64 | arm64) arch=arm64 ;; *) arch=x64 ;; esac
  ln -sf "../node-linux-$arch/bin/node" node_modules/.bin/node
  cp package-lock.json node_modules/.fairlead-lock
}

mode=${1:-demo}
case $mode in
demo | test | nodes | package) ;;
*) fail "unknown mode $mode: demo, test, nodes or package" ;;
esac
# Namespaces are root's business: say so before anything is done.
if [ "$mode" != package ] && [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
  fail "this needs root, because it makes network namespaces: become root (su -), or install sudo"
fi
packages=$(missing_packages "$mode")
# One set-up of a checkout at a time.
exec 9<package-lock.json
flock 9
[ -z "$packages" ] || install_packages "$packages"
install_npm_packages
sh scripts/build.sh
