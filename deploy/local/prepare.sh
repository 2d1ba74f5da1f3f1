# shellcheck shell=bash
# What ./demo and ./test need of a machine: a Rust toolchain, a C compiler, a RabbitMQ of their own.
#
# To be sourced. Installs only what is missing, says so before, and undoes nothing that it did not do.
# Absent on purpose: anything that touches a broker, a service or a file that was there before.

say() { printf '\n== %s\n' "$*"; }
note() { printf '   %s\n' "$*"; }
fail() {
  printf '\n%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# Programs that the package manager puts outside a plain user's path.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
# A service manager's or CI's environment may have no home; cargo and Erlang want one.
if [ -z "${HOME:-}" ]; then
  HOME=$(getent passwd "$(id -u)" | cut -d: -f6)
  export HOME=${HOME:-/tmp}
fi

private_node=$PWD/deploy/rabbitmq/private-node
rabbitmq_bin=${NEWSMILL_RABBITMQ_BIN:-/usr/lib/rabbitmq/bin}
policy_file=/usr/sbin/policy-rc.d
policy_is_ours=

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "this needs root and there is no sudo: $*"
  fi
}

# Output is shown only when it matters: when the command fails.
quietly() {
  local log
  log=$(mktemp)
  if "$@" >"$log" 2>&1; then
    rm -f "$log"
    return 0
  fi
  tail -n 40 "$log" >&2
  rm -f "$log"
  return 1
}

apt_install() {
  command -v apt-get >/dev/null || fail "please install: $* (there is no apt-get here to do it with)"
  note "installing from the system's packages: $*"
  local -a apt=(env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -q -y
    -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Use-Pty=0)
  quietly as_root "${apt[@]}" update || note "the package lists could not be renewed; going on with those at hand"
  quietly as_root "${apt[@]}" install --no-install-recommends "$@" || fail "could not install: $*"
}

need_rust() {
  local bin
  if ! command -v cargo >/dev/null; then
    for bin in "$HOME/.cargo/bin" /usr/local/cargo/bin /root/.cargo/bin; do
      [ ! -x "$bin/cargo" ] || PATH=$bin:$PATH
    done
  fi
  command -v cargo >/dev/null || fail "Rust is missing; see https://rustup.rs"
}

need_rust_components() { # COMPONENT…
  local component
  for component in "$@"; do
    # rustfmt is called as `cargo fmt`, clippy as `cargo clippy`.
    if ! cargo "${component/rustfmt/fmt}" --version >/dev/null 2>&1; then
      note "adding the toolchain's component $component"
      quietly rustup component add "$component" || fail "the Rust toolchain has no $component"
    fi
  done
}

need_compiler() {
  command -v cc >/dev/null || apt_install gcc libc6-dev
}

# The package would start the system's own node. A policy that forbids it is put in place for the time of the
# install, where there is none.
forbid_services() {
  [ ! -e "$policy_file" ] || return 0
  policy_is_ours=1
  printf '#!/bin/sh\n# Put here for the time of one install; remove it if you find it.\nexit 101\n' |
    as_root tee "$policy_file" >/dev/null
  as_root chmod 755 "$policy_file"
}

allow_services() {
  [ -n "$policy_is_ours" ] || return 0
  policy_is_ours=
  as_root rm -f "$policy_file"
}

has_rabbitmq() { [ -x "$rabbitmq_bin/rabbitmq-server" ]; }

need_rabbitmq() {
  has_rabbitmq && return 0
  forbid_services
  apt_install rabbitmq-server
  allow_services
  has_rabbitmq || fail "the package rabbitmq-server brought no $rabbitmq_bin/rabbitmq-server"
  if [ -d /run/systemd/system ]; then
    # Nobody asked for a broker that comes up with the machine.
    quietly as_root systemctl disable rabbitmq-server || true
    note "the package's own broker is neither running nor enabled; \`systemctl enable --now rabbitmq-server\` changes that"
  fi
}

# Starts a throw-away node in DIR and prints its URL. The port may be taken between the look and the start, so
# more than one is tried.
start_private_node() { # DIR
  local try
  for try in 1 2 3; do
    bash "$private_node" start "$1" && return 0
    bash "$private_node" remove "$1" || true
    printf '   the broker did not start (try %s of 3)\n' "$try" >&2
  done
  return 1
}

remove_private_node() { # DIR
  [ ! -d "$1" ] || bash "$private_node" remove "$1" || rm -rf "$1"
}
