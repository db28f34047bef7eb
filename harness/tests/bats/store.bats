#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# What is asked of stored runs, and where they go, as a user meets it.

bats_load_library bats-support
bats_load_library bats-assert

setup() {
  ROOT=$(cd "$BATS_TEST_DIRNAME/../../.." && pwd)
  svacheck=$ROOT/scripts/svacheck
  export SVACHECK_RESULTS=$BATS_TEST_TMPDIR/results
  export XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache
  export XDG_CONFIG_HOME=$BATS_TEST_TMPDIR/config
  cd "$BATS_TEST_TMPDIR" || return 1
}

# Two runs, the second of which has another verdict and breaks the rule.
store_runs() {
  PYTHONPATH=$ROOT/harness:$ROOT/harness/tests /usr/bin/python3 - <<'EOF'
import os, pathlib
import made_up, made_store
results = pathlib.Path(os.environ["SVACHECK_RESULTS"])
made_store.keep(results, made_store.run(1))
broken = [made_up.run_case(status="fail", messages=["it broke"])]
rules = [made_up.run_rule(verdict="broken")]
made_store.keep(results, made_store.run(2, broken, rules=rules, verdict="fail"))
EOF
}

@test "nothing is stored: each says so in one line" {
  run "$svacheck" history PASID-001
  assert_failure 2
  assert_output --partial 'no stored run has a rule, case or metric'
  run "$svacheck" export junit last
  assert_failure 2
  assert_output --partial 'no run is stored yet'
  run "$svacheck" query 'SELECT count(*) AS runs FROM runs'
  assert_success
  assert_line --index 1 '0'
}

@test "history, diff, query and reindex of stored runs" {
  store_runs
  run "$svacheck" history PASID-001
  assert_success
  assert_output --partial '+|X  2 runs'
  run "$svacheck" diff 20261122T000001 last
  assert_failure 1
  assert_output --partial 'regression: 1 rule'
  run "$svacheck" query "SELECT id FROM runs WHERE verdict = 'fail'" --csv
  assert_success
  assert_line --index 1 --partial '20261122T000002Z'
  echo '{' >"$SVACHECK_RESULTS"/20261122T000001*/run.json
  run "$svacheck" reindex
  assert_success
  assert_output --partial 'left out 20261122T000001Z'
  assert_output --partial '1 runs with 1 cases'
}

@test "an export is a file, and nothing is sent by itself" {
  store_runs
  run "$svacheck" export junit 20261122T000001 last --output junit.xml
  assert_success
  run grep -c '<testcase ' junit.xml
  assert_output 4
  run "$svacheck" submit kcidb last
  assert_failure 2
  assert_output --partial 'no address is configured, so nothing is sent'
  run "$svacheck" submit kcidb last --dry-run
  assert_success
  assert_output --partial '"of": "20261122T000002Z'
}
