#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# svacheck doctor as a user meets it, and alone.

bats_load_library bats-support
bats_load_library bats-assert

setup() {
  ROOT=$(cd "$BATS_TEST_DIRNAME/../../.." && pwd)
  svacheck=$ROOT/scripts/svacheck
  cd "$BATS_TEST_TMPDIR" || return 1
}

# A server with DSA on which all is well.
make_server() {
  PYTHONPATH=$ROOT/harness:$ROOT/harness/tests /usr/bin/python3 -c \
    'import sys, pathlib, fake_machine; fake_machine.intel_server(pathlib.Path(sys.argv[1]))' "$1"
}

@test "on whatever machine this is, there is a verdict and no trouble" {
  run "$svacheck" doctor
  assert [ "$status" -le 2 ]
  refute_output --partial 'defect'
  assert_output --regexp $'(^|\n)(USABLE|NOT USABLE|UNDECIDED)  SVA by '
}

@test "a machine on which all is well: 0, and who can" {
  make_server server
  run "$svacheck" doctor --root server -q
  assert_success
  assert_output 'USABLE  SVA by 0000:6a:01.0'
}

@test "a device that cannot is 1, one that is not there is one line and 2" {
  make_server server
  run "$svacheck" doctor --root server --device 00:1f.0 -q
  assert_failure 1
  assert_output 'NOT USABLE  SVA by 0000:00:1f.0'
  run "$svacheck" doctor --root server --device 00:1e.0
  assert_failure 2
  assert_equal "${#lines[@]}" 1
  assert_output --partial 'no device 00:1e.0'
}

@test "what is not visible without root is undecided and 2" {
  make_server server
  config=$(echo server/sys/devices/*/0000:6a:01.0/config)
  head -c 64 "$config" >header.bin && mv header.bin "$config"
  run "$svacheck" doctor --root server
  assert_failure 2
  assert_output --partial 'not visible  It can send PASIDs'
  assert_line --partial 'run as root'
}

@test "a root or a log that is not there is one line and 2" {
  for option in '--root nowhere' '--log nowhere'; do
    # shellcheck disable=SC2086 # an option and its value
    run "$svacheck" doctor $option
    assert_failure 2
    assert_equal "${#lines[@]}" 1
    assert_output --partial nowhere
  done
}

@test "it runs alone, with nothing of svacheck and no other packages" {
  make_server server
  cp -r "$ROOT/harness/svacheck/doctor" alone
  run env -i /usr/bin/python3 -I -S alone --root server -q
  assert_success
  assert_output 'USABLE  SVA by 0000:6a:01.0'
  run env -i /usr/bin/python3 -I -S alone --root server --json
  assert_success
  assert_output --partial '"verdict": "usable"'
}

@test "it writes nothing to the root" {
  make_server server
  before=$(find server | sort | md5sum)
  chmod -R a-w server
  run "$svacheck" doctor --root server -v
  chmod -R u+w server
  assert_success
  assert_equal "$(find server | sort | md5sum)" "$before"
}
