#!/bin/sh
# Installs what the Makefile's targets need and is not here yet: Debian packages and npm packages, side by side.
# A second run finds everything in place and takes a few milliseconds.
#   lab/bootstrap.sh          what types, lint, unit tests and previews need (npm packages)
#   lab/bootstrap.sh --lab    also what the lab needs (Debian packages; Linux and root)
#   lab/bootstrap.sh --lab --test   also what tests need besides; --lab --bench: what measurements need
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }
fail() { say "bootstrap: $*"; exit 1; }

DEBIAN_PACKAGES="mmdebstrap systemd-container debian-archive-keyring nftables iproute2 util-linux e2fsprogs kmod curl openssl python3-venv xz-utils zstd ca-certificates"
if [ "${2:-}" = --test ]; then
  DEBIAN_PACKAGES="$DEBIAN_PACKAGES pyflakes3"
  # The workflows' linter is a Go module; Go since 1.21 fetches the release of itself that it wants.
  PATH="$PATH:/usr/local/go/bin" command -v go >/dev/null || DEBIAN_PACKAGES="$DEBIAN_PACKAGES golang-go"
fi
if [ "${2:-}" = --bench ]; then DEBIAN_PACKAGES="$DEBIAN_PACKAGES nghttp2-client"; fi

missing_debian_packages() {
  for package in $DEBIAN_PACKAGES; do
    dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || printf '%s ' "$package"
  done
}

install_debian_packages() {
  [ "$(uname -s)" = Linux ] || fail "operating system: want Linux, got $(uname -s); run the lab on a Debian machine or in a virtual machine"
  [ "$(id -u)" = 0 ] || fail "user: want root, got uid $(id -u); the lab makes network namespaces, mounts and hosts: run it with sudo"
  command -v apt-get >/dev/null || fail "package manager: want apt-get, got none; the lab runs on Debian"
  packages=$(missing_debian_packages)
  [ -n "$packages" ] || return 0
  if [ -t 0 ] && [ -z "${CI:-}" ] && [ -n "${SUDO_USER:-}" ]; then
    printf 'The lab needs these Debian packages: %s\nInstall them now? [Y/n] ' "$packages" >&2
    read -r answer
    case "$answer" in n*|N*) fail "Debian packages: want $packages, got a no; install them and run this again" ;; esac
  fi
  say "installing Debian packages: $packages"
  log=$(mktemp)
  export DEBIAN_FRONTEND=noninteractive
  # shellcheck disable=SC2086  # a list of words
  { apt-get -q update && apt-get -q -y --no-install-recommends install $packages; } >"$log" 2>&1 ||
    { tail -n 20 "$log" >&2; fail "apt-get could not install $packages; the end of its output is above, all of it in $log"; }
  rm -f "$log"
}

ensure_node() {
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || fail "node: want Node.js 20.19 or newer with npm, got none; install it"
    say "installing Node.js"
    DEBIAN_FRONTEND=noninteractive sh -c 'apt-get -q update && apt-get -q -y --no-install-recommends install nodejs npm' >/dev/null
  fi
  node -e 'const [a, b] = process.versions.node.split("."); process.exit(+a > 20 || (+a === 20 && +b >= 19) ? 0 : 1)' ||
    fail "node: want 20.19 or newer, got $(node --version); Debian 13 has it, on Debian 12 install it by hand"
}

install_npm_packages() {
  # By content: times say little after a checkout, or when folders are copied.
  cmp -s package-lock.json node_modules/.installed-lock.json && return 0
  say "installing npm packages"
  log=$(mktemp)
  npm ci --no-audit --no-fund >"$log" 2>&1 || { tail -n 20 "$log" >&2; fail "npm ci failed; the end of its output is above, all of it in $log"; }
  rm -f "$log"
  cp package-lock.json node_modules/.installed-lock.json
}

if [ "${1:-}" = --lab ]; then
  if command -v node >/dev/null && command -v npm >/dev/null; then
    ensure_node
    install_debian_packages &
    debian=$!
    install_npm_packages
    wait $debian || exit 1
  else # both want apt-get, which runs once at a time
    install_debian_packages
    ensure_node
    install_npm_packages
  fi
else
  ensure_node
  install_npm_packages
fi
