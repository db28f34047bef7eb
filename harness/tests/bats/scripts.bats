#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# scripts/check and scripts/test on machines that are made up: every program they call
# to look at the machine or to change it is a stand-in here.
# shellcheck disable=SC2016 # what is in single quotes is for the stand-in to expand
# shellcheck disable=SC2030,SC2031 # each test is a subshell of its own, and meant to be

setup() {
  load /usr/lib/bats/bats-support/load.bash
  load /usr/lib/bats/bats-assert/load.bash
  ROOT=$(cd "$BATS_TEST_DIRNAME/../../.." && pwd)
  CALLS=$BATS_TEST_TMPDIR/calls
  BIN=$BATS_TEST_TMPDIR/bin
  CHECKOUT="$BATS_TEST_TMPDIR/check out"
  unset MAKEFLAGS MFLAGS MAKELEVEL SVACHECK_STATUS CI KDIR KERNEL SUITE J IMPL LANE V Q JSON STRICT
  unset KERNELS LANES
  mkdir -p "$BIN" "$CHECKOUT/scripts"
  cp "$ROOT/Makefile" "$CHECKOUT/"
  cp "$ROOT"/scripts/* "$CHECKOUT/scripts/"
  # svacheck itself: tells its arguments, one a line, and ends as it is told to
  stand_in svacheck 'printf "[%s]\n" "$@"; exit "${SVACHECK_EXIT:-0}"'
  mv "$BIN/svacheck" "$CHECKOUT/scripts/svacheck"
  stand_in dpkg-query 'for last; do :; done
    case " $ABSENT " in *" $last "*) [ -e "$0.done" ] || exit 1 ;; esac; printf installed'
  stand_in apt-get 'echo "apt-get $*" >>"$CALLS"; echo noise
    [ -z "$APT_FAILS" ] || { echo "E: no network"; exit 100; }
    case "$*" in *install*) touch "${0%/*}/dpkg-query.done" ;; esac'
  stand_in id 'echo "${USER_ID:-0}"'
  stand_in sudo 'echo "sudo $*" >>"$CALLS"
    case $1 in -n) [ -z "$ASKS" ] || exit 1; shift ;; esac; exec "$@"'
  export CALLS PATH="$BIN:$PATH" ABSENT='' APT_FAILS='' ASKS='' USER_ID=0
}

# stand_in NAME SCRIPT: a program on the PATH
stand_in() {
  printf '#!/bin/sh\n%s\n' "$2" >"$BIN/$1"
  chmod +x "$BIN/$1"
}

@test "nothing missing: nothing is installed and svacheck runs" {
  run "$CHECKOUT/scripts/check"
  assert_success
  assert_output "[check]"
  [ ! -e "$CALLS" ]
}

@test "what is missing is installed, once, and quietly" {
  export ABSENT="bison ccache"
  run "$CHECKOUT/scripts/check"
  assert_success
  refute_output --partial noise
  assert_line "installing: bison ccache"
  run cat "$CALLS"
  assert_line --index 0 "apt-get -q update"
  assert_line --index 1 "apt-get -q -y install --no-install-recommends bison ccache"
  rm "$CALLS"
  run "$CHECKOUT/scripts/check"
  assert_output "[check]"
  [ ! -e "$CALLS" ]
}

@test "check does not install what only test needs" {
  export ABSENT="bats shellcheck"
  run "$CHECKOUT/scripts/check"
  assert_output "[check]"
  run "$CHECKOUT/scripts/test"
  assert_line "installing: bats shellcheck"
  assert_line "[selftest]"
}

@test "without root it is sudo, which may not ask when nobody is there" {
  export ABSENT=bison USER_ID=1000
  run "$CHECKOUT/scripts/check" </dev/null
  assert_success
  run cat "$CALLS"
  assert_line --index 1 "sudo -n env DEBIAN_FRONTEND=noninteractive apt-get -q update"
}

@test "sudo that would ask is told by the line to type" {
  export ABSENT=bison USER_ID=1000 ASKS=1
  run "$CHECKOUT/scripts/check" </dev/null
  assert_failure 2
  assert_output --partial "as root: apt-get update && apt-get install --no-install-recommends bison"
  refute_output --partial "[check]"
}

@test "neither root nor sudo: the exact line, and exit 2" {
  export ABSENT="bison flex" USER_ID=1000
  rm "$BIN/sudo"
  for tool in sh readlink dirname tr cat sed; do ln -s "$(command -v $tool)" "$BIN/$tool"; done
  PATH=$BIN run "$CHECKOUT/scripts/check"
  assert_failure 2
  assert_output "missing: bison flex; as root: apt-get update && apt-get install \
--no-install-recommends bison flex"
}

@test "an apt-get that fails shows its words, and exit 2" {
  export ABSENT=bison APT_FAILS=1
  run "$CHECKOUT/scripts/check"
  assert_failure 2
  assert_line "E: no network"
  assert_output --partial "cannot install"
  refute_output --partial "[check]"
}

@test "exit statuses come through make: 0, 1, 2 and 130" {
  for ended in 0 1 2 130; do
    SVACHECK_EXIT=$ended run "$CHECKOUT/scripts/check"
    assert_equal "$status" "$ended"
  done
}

@test "a svacheck that cannot be started is exit 2, never 0" {
  rm "$CHECKOUT/scripts/svacheck"
  run "$CHECKOUT/scripts/check"
  assert_failure 2
}

@test "a recipe that dies without a word is exit 2" {
  stand_in svacheck 'read -r _ _ _ parent _ </proc/$$/stat; kill -9 "$parent"'
  mv "$BIN/svacheck" "$CHECKOUT/scripts/svacheck"
  run "$CHECKOUT/scripts/check"
  assert_failure 2
}

@test "a stale status of an outer run is neither read nor overwritten" {
  echo 7 >"$BATS_TEST_TMPDIR/outer"
  export SVACHECK_STATUS=$BATS_TEST_TMPDIR/outer
  SVACHECK_EXIT=1 run "$CHECKOUT/scripts/check"
  assert_failure 1
  assert_equal "$(cat "$BATS_TEST_TMPDIR/outer")" 7
}

@test "make check alone fails when svacheck does" {
  for failing in 1 2; do
    SVACHECK_EXIT=$failing run make -C "$CHECKOUT" check
    assert_failure 2
  done
}

@test "arguments arrive whole, spaces and quotes included" {
  run "$CHECKOUT/scripts/check" "KDIR=/a b/it's \"c\"" SUITE='pasid.set_*' J=2 V=1
  assert_success
  assert_line "[/a b/it's \"c\"]"
  assert_line "[pasid.set_*]"
  assert_line "[2]"
  assert_line "[-v]"
  assert_equal "${#lines[@]}" 8
}

@test "make matrix takes kernels and lanes" {
  run make --no-print-directory -C "$CHECKOUT" matrix KERNELS=6.1,7.3 LANES=uml,uml-debug J=2 JSON=1
  assert_success
  assert_output "[matrix]
[--kernels]
[6.1,7.3]
[--lanes]
[uml,uml-debug]
[--jobs]
[2]
[--json]"
}

@test "settings come from the environment too" {
  KERNEL=6.1 run "$CHECKOUT/scripts/check"
  assert_output "[check]
[--kernel]
[6.1]"
}

@test "options are settings, and what is neither is told" {
  run "$CHECKOUT/scripts/check" -v
  assert_line "[-v]"
  run "$CHECKOUT/scripts/check" --json
  assert_line "[--json]"
  run "$CHECKOUT/scripts/check" -n
  assert_failure 2
  assert_output --partial "-n is no setting"
}

@test "a relative KDIR of the environment, and one in the home folder" {
  cd "$BATS_TEST_TMPDIR"
  KDIR=tree run "$CHECKOUT/scripts/check"
  assert_line "[$BATS_TEST_TMPDIR/tree]"
  # shellcheck disable=SC2088 # as dash hands it over
  HOME=/h run "$CHECKOUT/scripts/check" 'KDIR=~/linux'
  assert_line "[/h/linux]"
}

@test "a relative KDIR is seen from where the user is" {
  mkdir "$BATS_TEST_TMPDIR/my linux"
  cd "$BATS_TEST_TMPDIR"
  run "$CHECKOUT/scripts/check" "KDIR=my linux" IMPL=../x
  assert_line "[$BATS_TEST_TMPDIR/my linux]"
  assert_line "[$BATS_TEST_TMPDIR/../x]"
}

@test "the scripts work through a link" {
  ln -s "$CHECKOUT/scripts/check" "$BATS_TEST_TMPDIR/go"
  cd /
  run "$BATS_TEST_TMPDIR/go"
  assert_output "[check]"
}

@test "no Debian: what is needed is told, nothing is installed" {
  rm "$BIN/dpkg-query"
  for tool in sh bash env make readlink dirname tr cat mktemp rm sed; do
    ln -sf "$(command -v $tool)" "$BIN/$tool"
  done
  PATH=$BIN run "$CHECKOUT/scripts/check"
  assert_success
  assert_output --partial "needed: bc binutils bison"
  assert_output --partial "[check]"
}

@test "no temporary file is left" {
  export TMPDIR=$BATS_TEST_TMPDIR/tmp
  mkdir "$TMPDIR"
  export ABSENT=bison
  run "$CHECKOUT/scripts/check"
  assert_success
  assert_equal "$(ls -A "$TMPDIR")" ""
}

@test "what a lane in a machine needs is installed with that lane alone" {
  export ABSENT=qemu-system-x86
  run "$CHECKOUT/scripts/check" LANE=uml-debug
  refute_output --partial "installing"
  run "$CHECKOUT/scripts/check" LANE=qemu-kcsan
  assert_line "installing: qemu-system-x86"
  rm "$BIN/dpkg-query.done"
  LANE=qemu run "$CHECKOUT/scripts/check"
  assert_line "installing: qemu-system-x86"
}

@test "what not every Debian has is installed where there is one" {
  stand_in apt-cache 'for last; do :; done; [ -z "$UNKNOWN" ] || exit 100; echo "Package: $last"'
  export ABSENT="lava-common bats"
  UNKNOWN=1 run "$CHECKOUT/scripts/test"
  assert_success
  assert_line "installing: bats"
  rm "$BIN/dpkg-query.done"
  UNKNOWN='' run "$CHECKOUT/scripts/test"
  assert_line "installing: bats lava-common"
}

@test "what a Debian does not have is no reason to install anything" {
  stand_in apt-cache 'exit 100'
  export ABSENT="lava-common"
  run "$CHECKOUT/scripts/test"
  assert_output "[selftest]"
  [ ! -e "$CALLS" ]
}

@test "no package is listed twice in a section" {
  run awk '/^\[/ { section = $0 } /^[a-z]/ && seen[section, $0]++' "$ROOT/scripts/packages"
  assert_output ""
}
