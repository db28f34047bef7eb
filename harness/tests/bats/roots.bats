#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# scripts/roots and scripts/deb, on a machine whose tools are stand-ins.
# shellcheck disable=SC2016 # what is in single quotes is for the stand-in to expand

setup() {
  load /usr/lib/bats/bats-support/load.bash
  load /usr/lib/bats/bats-assert/load.bash
  SCRIPTS=$(cd "$BATS_TEST_DIRNAME/../../../scripts" && pwd)
  BIN=$BATS_TEST_TMPDIR/bin
  mkdir "$BIN"
  stand_in id 'echo "${USER_ID:-0}"'
  stand_in mmdebstrap 'echo "E: no mirror"; exit 1'
  stand_in dpkg-query 'exit 1'
  export PATH="$BIN:$PATH" SVACHECK_ROOTS="$BATS_TEST_TMPDIR/the roots"
}

# stand_in NAME SCRIPT: a program on the PATH
stand_in() {
  printf '#!/bin/sh\n%s\n' "$2" >"$BIN/$1"
  chmod +x "$BIN/$1"
}

@test "roots: help tells the options" {
  run "$SCRIPTS/roots" --help
  assert_success
  for option in --user --seed --with --keep; do
    assert_output --partial -- "$option"
  done
}

@test "roots: a wrong option, a file that is not there, another user: one line, exit 2" {
  run "$SCRIPTS/roots" --moon
  assert_failure 2
  assert_output "roots: no option --moon; scripts/roots --help tells them"
  run "$SCRIPTS/roots" --with "$BATS_TEST_TMPDIR/moon"
  assert_failure 2
  assert_output "roots: --with takes a file"
  USER_ID=1000 run "$SCRIPTS/roots"
  assert_failure 2
  assert_output "roots: only root can make roots"
}

@test "roots: without a mirror it says what mmdebstrap has said, and leaves no root" {
  run "$SCRIPTS/roots" trixie -- true
  assert_failure 2
  assert_output --partial "mmdebstrap trixie has failed: E: no mirror"
  assert [ ! -e "$SVACHECK_ROOTS/trixie" ]
}

@test "deb: what is missing is named, with what to type" {
  run "$SCRIPTS/deb" "$BATS_TEST_TMPDIR"
  assert_failure 2
  assert_output --regexp "^scripts/deb: missing: debhelper .*; as root: apt-get install debhelper "
}
