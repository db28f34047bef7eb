#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0

setup() {
  load /usr/lib/bats/bats-support/load.bash
  load /usr/lib/bats/bats-assert/load.bash
  ROOT=$(cd "$BATS_TEST_DIRNAME/../../.." && pwd)
  unset MAKEFLAGS MFLAGS MAKELEVEL SVACHECK_STATUS
}

@test "make by itself lists the targets" {
  run make --no-print-directory -C "$ROOT"
  assert_success
  assert_line --regexp '^make check '
}

@test "make help lists every target once, with a line about it" {
  run make --no-print-directory -C "$ROOT" help
  assert_success
  targets=$(sed -n 's/^\.PHONY: //p' "$ROOT/Makefile")
  for target in $targets; do
    [ "$(grep -c "^make $target  *[a-z]" <<<"$output")" = 1 ] || fail "make $target: not listed once"
  done
  [ "$(grep -c '^make ' <<<"$output")" = "$(wc -w <<<"$targets")" ]
}

@test "make help lists every setting that the recipe reads" {
  run make --no-print-directory -C "$ROOT" help
  names=$(sed -n 's/^export //p' "$ROOT/Makefile")
  for name in $names STRICT JSON V Q; do
    assert_line --regexp "^  $name  *[a-z0-9]"
  done
}

@test "svacheck --help teaches, from any folder and through a link" {
  ln -s "$ROOT/scripts/svacheck" "$BATS_TEST_TMPDIR/linked"
  cd /
  run "$BATS_TEST_TMPDIR/linked" --help
  assert_success
  assert_output --partial "examples:"
  for command in check list rules show parse; do
    run "$BATS_TEST_TMPDIR/linked" "$command" --help
    assert_success
    assert_output --partial "usage: svacheck $command"
  done
}

@test "svacheck leaves nothing but Debian's interpreter to the PATH" {
  mkdir "$BATS_TEST_TMPDIR/bin"
  printf '#!/bin/sh\nexit 77\n' >"$BATS_TEST_TMPDIR/bin/python3"
  chmod +x "$BATS_TEST_TMPDIR/bin/python3"
  PATH="$BATS_TEST_TMPDIR/bin:$PATH" run "$ROOT/scripts/svacheck" --version
  assert_success
  assert_output --regexp '^svacheck [0-9]'
}

@test "svacheck without a command is a usage error" {
  run "$ROOT/scripts/svacheck"
  assert_failure 2
}

@test "check and test say what they do without installing anything" {
  for name in check test; do
    run "$ROOT/scripts/$name" --help
    assert_success
    assert_output --partial "Exit status: 0"
  done
}
