#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# The command line as a user meets it: uninstalled, from any folder.

bats_load_library bats-support
bats_load_library bats-assert

setup() {
  ROOT=$(cd "$BATS_TEST_DIRNAME/../../.." && pwd)
  svacheck=$ROOT/scripts/svacheck
  export SVACHECK_RESULTS=$BATS_TEST_TMPDIR/results
  export XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache
  cd "$BATS_TEST_TMPDIR" || return 1
}

# The run that the reader of README.md would have made.
store_run() {
  PYTHONPATH=$ROOT/harness:$ROOT/harness/tests /usr/bin/python3 - "$@" <<'EOF'
import json, os, pathlib, sys
import made_up
run = made_up.run(verdict=sys.argv[1])
folder = pathlib.Path(os.environ["SVACHECK_RESULTS"], run["id"])
folder.mkdir(parents=True)
(folder / "run.json").write_text(json.dumps(run))
EOF
}

# So many weeks in which one metric creeps and one does not.
store_times() {
  PYTHONPATH=$ROOT/harness:$ROOT/harness/tests /usr/bin/python3 - "$@" <<'EOF'
import pathlib, os, shutil, sys
import test_bench_history as history
results = pathlib.Path(os.environ["SVACHECK_RESULTS"])
shutil.rmtree(results, ignore_errors=True)
results.mkdir(parents=True)
history.year(results, lambda nth: 1.02**nth, int(sys.argv[1]))
EOF
}

@test "it works uninstalled, from another folder" {
  run "$svacheck" --version
  assert_success
  assert_output --regexp '^svacheck [0-9.]+( \([0-9a-z.-]+\))?$'
}

@test "it works through a link" {
  ln -s "$svacheck" sva
  run ./sva --version
  assert_success
}

@test "killed before it has begun it says so and exits with 2" {
  mkdir bin
  printf '#!/bin/sh\nkill -9 $$\n' >bin/readlink
  chmod +x bin/readlink
  PATH=$PWD/bin:$PATH run "$svacheck" --version
  assert_failure 2
  assert_output --partial "svacheck has not begun"
}

@test "without a command it shows how it is used and exits with 2" {
  run "$svacheck"
  assert_failure 2
  assert_output --partial 'usage: svacheck'
}

@test "each command has help with examples" {
  for command in check matrix gate b4-check bisect replay certify verify profiles list rules show parse broken-drivers mutants coverage bench bench-power bench-plots bench-history proof doctor lint selftest clean; do
    run "$svacheck" "$command" --help
    assert_success
    assert_output --partial 'examples:'
  done
}

@test "an unknown kernel is one line and exit 2" {
  run "$svacheck" check --kernel 9.9
  assert_failure 2
  assert_equal "${#lines[@]}" 1
  assert_output --regexp '^svacheck: .*9\.9.*6\.1'
}

@test "a matrix with an unknown kernel or lane is one line and exit 2, before anything is run" {
  for option in '--kernels 6.1,9.9' '--lanes uml,moon'; do
    # shellcheck disable=SC2086 # an option and its value
    run "$svacheck" matrix $option
    assert_failure 2
    assert_equal "${#lines[@]}" 1
    assert_output --regexp '^svacheck: no (kernel|lane) is called "(9\.9|moon)"'
    assert [ ! -e results ]
  done
}

@test "a folder that is no kernel tree is one line and exit 2" {
  mkdir 'no tree'
  run "$svacheck" check --kdir 'no tree'
  assert_failure 2
  assert_equal "${#lines[@]}" 1
  assert_output --partial 'no kernel tree'
}

@test "a folder that does not exist is one line and exit 2" {
  run "$svacheck" check --kdir nowhere
  assert_failure 2
  assert_equal "${#lines[@]}" 1
  assert_output --partial 'nowhere'
}

@test "a suite that does not exist is one line and exit 2, before anything is built" {
  run "$svacheck" check --suite no_such_suite
  assert_failure 2
  assert_equal "${#lines[@]}" 1
  assert_output --partial "no suite or case matches 'no_such_suite'"
  assert [ ! -e results ]
}

@test "what is no sequence of calls is one line and exit 2, before anything is built" {
  run "$svacheck" replay 'alloc(A) d0.set(p9,A)'
  assert_failure 2
  assert_equal "${#lines[@]}" 1
  assert_output --partial "'d0.set(p9,A)' is no call"
  assert [ ! -e results ]
}

@test "cases are listed with their rules" {
  run "$svacheck" list
  assert_success
  assert_output --regexp '[A-Z]+-[0-9]{3}'
  assert_output --regexp '[0-9]+ suites, [0-9]+ cases$'
}

@test "every case cites a rule and every rule is cited" {
  run "$svacheck" rules --check
  assert_success
}

@test "a report off a terminal is plain, on a terminal it is coloured" {
  store_run pass
  run "$svacheck" show last
  assert_success
  refute_output --partial $'\x1b'
  assert_line --index 0 --partial 'PASS  Linux 6.1.192'
  script -qec true tty.log || skip 'script(1) gets no terminal here'
  run script -qec "'$svacheck' show last" tty.log
  assert_success
  assert_output --partial $'\x1b['
}

@test "show has the run's own exit status 0 also for a failed run" {
  store_run fail
  run "$svacheck" show last -q
  assert_success
  assert_line --index 0 --partial 'FAIL  Linux 6.1.192'
}

# Two runs, the second of which has one case less.
store_two() {
  PYTHONPATH=$ROOT/harness:$ROOT/harness/tests /usr/bin/python3 - <<'EOF2'
import json, os, pathlib
import made_up
for minute, cases in ((30, [made_up.run_case()]), (40, [])):
    run = made_up.run(id=f"20261122T09{minute}00Z-6.1.192-uml-1a2b3c", cases=cases)
    folder = pathlib.Path(os.environ["SVACHECK_RESULTS"], run["id"])
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps(run))
EOF2
}

@test "a gate of two stored runs fails, passes by another policy, and is stored" {
  store_two
  run "$svacheck" gate --base 20261122T0930 --head last
  assert_failure 1
  assert_line --index 0 'DISAPPEARED svac_pasid.set/carried  pass -> absent'
  assert_line --regexp '^FAIL  20261122T0930 \(6\.1\.192\) -> last \(6\.1\.192\) '
  refute_output --partial $'\x1b'
  run "$svacheck" gate --base 20261122T0930 --head last --fail-on regression,new-failure -q
  assert_success
  assert_equal "${#lines[@]}" 1
  assert [ -f "$(echo results/gate-*/gate.json | cut -d' ' -f1)" ]
}

@test "a gate gives JSON, and Markdown to a file or in place of the report" {
  store_two
  run bash -c "'$svacheck' gate --base 20261122T0930 --head last --json --markdown page.md |
    /usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)[\"failing\"])'"
  assert_output "['svac_pasid.set/carried']"
  run "$svacheck" gate --base 20261122T0930 --head last --markdown -
  assert_failure 1
  assert_line --index 0 '### svacheck gate: FAIL'
  run head -n 1 page.md
  assert_output '### svacheck gate: FAIL'
}

@test "what is no class, run, series or rule is one line or a usage, and exit 2" {
  run "$svacheck" gate --base last --head last --fail-on broken
  assert_failure 2
  assert_output --partial "'broken' is no class"
  run "$svacheck" gate --base 6.1 --mbox nothing
  assert_failure 2
  assert_equal "${#lines[@]}" 1
  assert_output --partial 'cannot read the patch series'
  run "$svacheck" bisect --kdir . --good a --bad b --rule GRP-9
  assert_failure 2
  assert_output --partial "no rule 'GRP-9'"
  assert [ ! -e results ]
}

@test "b4 gets a list in any case" {
  run "$svacheck" b4-check <<<$'Subject: [PATCH 0/2] Cover\n\nWhy.'
  assert_success
  assert_output '[]'
  git init -q tree
  run "$svacheck" b4-check --kdir tree <<<$'Subject: [PATCH] x\n\nWhy.\n\ndiff --git a/x b/x\n'
  assert_failure 2
  assert_output --partial '"status": "fail"'
}

@test "a pipe that is closed early makes no noise" {
  store_run pass
  run bash -c "'$svacheck' show last --json 2>noise | head -n 1; cat noise"
  assert_output '{'
}

@test "an interrupt is exit 130 and leaves no run that reads as whole" {
  mkfifo log
  "$svacheck" parse log 2>said &
  pid=$!
  exec 9>log
  kill -TERM "$pid"
  status=0
  wait "$pid" || status=$?
  assert_equal "$status" 130
  exec 9>&-
  run cat said
  assert_output 'svacheck: interrupted'
}

# A certificate of a run of the fake kernel, in the folder named.
certify() {
  PYTHONPATH=$ROOT/harness:$ROOT/harness/tests /usr/bin/python3 - "$@" <<'EOF'
import pathlib, shutil, sys
import pytest
from certifying import Certifier
from fake_kernel import FakeKernel
folder = pathlib.Path(sys.argv[1])
(folder / "tree").mkdir(parents=True)
with pytest.MonkeyPatch.context() as patch:
    kernel = FakeKernel(folder / "tree")
    kernel.install(patch)
    made = Certifier(folder, kernel, patch).certify()
    shutil.move(made.folder, folder / "certificate")
EOF
}

@test "a certificate is verified, and rejected once a byte of its archive is another" {
  certify made
  run "$svacheck" verify made/certificate
  assert_success
  assert_output --partial 'VERIFIED  CERTIFIED: Made-up drivers | Linux 6.1.192'
  mkdir out
  tar -xJf made/certificate/certificate.tar.xz -C out
  (cd out/certificate && sha256sum --quiet -c SHA256SUMS)
  PYTHONPATH=$ROOT/harness:$ROOT/harness/tests /usr/bin/python3 - made/certificate <<'EOF'
import pathlib, sys
from certifying import tamper
def change(files):
    name = next(name for name in files if name.endswith("main.console"))
    files[name] = files[name].replace(b"ok 1", b"ok 7", 1)
tamper(pathlib.Path(sys.argv[1]), change)
EOF
  run "$svacheck" verify made/certificate
  assert_failure 1
  assert_output --partial 'main.console was changed'
  assert_output --partial 'REJECTED'
}

@test "what is no certificate is one line and exit 2" {
  echo text >certificate.tar.xz
  run "$svacheck" verify certificate.tar.xz
  assert_failure 2
  assert_equal "${#lines[@]}" 1
  run "$svacheck" verify nowhere
  assert_failure 2
  assert_output --partial 'there is no certificate'
}

@test "what is no archive of a kit is not taken in" {
  echo nonsense >r.tar.xz
  run "$svacheck" import r.tar.xz
  assert_failure 2
  assert_output --partial 'this is no results of a kit of svacheck: it is no xz'
  run "$svacheck" kit --driver nobody --out kit.tar.xz
  assert_failure 2
  assert_output --partial 'there is no driver nobody for a kit (--driver); dsa, uio_pci_generic_sva, uacce'
}

@test "a device that no kit has tried cannot be certified, and an unknown profile is named" {
  run "$svacheck" certify --profile sva-with-pri --device 0000:00:01.0
  assert_failure 2
  assert_output --partial 'no run of device 0000:00:01.0 is stored (--device)'
  run "$svacheck" certify --profile nobody --lane uml
  assert_failure 2
  assert_output --partial 'sva-with-pri'
  run "$svacheck" certify --profile sva-with-pri
  assert_failure 2
  assert_output --partial 'one of the arguments --lane --device --run is required'
}

@test "a profile without a mandatory rule is refused before anything is built" {
  sed 's/"DRV-\*", //' "$ROOT/configs/profiles/sva-with-pri.toml" >weak.toml
  sed -i 's/complete = \["DRV", /complete = [/' weak.toml
  run "$svacheck" certify --profile weak.toml --lane uml
  assert_failure 2
  assert_output --partial 'DRV-003 is mandatory for every profile, and this one leaves it out'
}

@test "stored times: none are trouble, too few say how many it takes, enough have an answer" {
  run "$svacheck" bench-plots last
  assert_failure 2
  assert_output --partial 'no run is stored yet'
  assert_output --partial 'make bench'
  run "$svacheck" bench-history
  assert_failure 2
  assert_output --partial 'no session of any kernel counts'
  store_times 6
  run "$svacheck" bench-history
  assert_failure 2
  assert_output --partial '6 sessions cannot tell a change of 2 metrics: it takes 7'
  store_times 20
  run "$svacheck" bench-history --kernel 7.3
  assert_failure 1
  assert_output --partial 'set/carried  +2.0 % a week'
  run make --no-print-directory -C "$ROOT" bench-history METRIC='get*'
  assert_success
  assert_output --partial '7.3: 20 sessions'
}
