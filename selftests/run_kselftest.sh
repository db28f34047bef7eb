#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Run the programs that kselftest-list.txt beside this script names, as "collection:program",
# and print TAP 13: what each prints behind "# ", then its result.
#
# Exit status of a program: 0 passed, 1 failed, 2 failed as expected, 3 passed although it
# was expected to fail, 4 skipped; any other is a failure. Of this script: 0, or 1 if a
# program failed.
set -u
base=$(cd "$(dirname "$0")" && pwd -P)

usage() {
  cat <<TEXT
Usage: $0 [OPTIONS]
  -c, --collection NAME        run all programs of a collection
  -t, --test NAME:PROGRAM      run this program
  -S, --skip NAME:PROGRAM      leave this program out
  -l, --list                   say what there is, and run nothing
  -d, --dry-run                say what would be run
  -s, --summary                results alone; all output goes to output.log
  -p, --per-test-log [FOLDER]  the output of each program to a file there (/tmp)
  -o, --override-timeout N     seconds for each program, whatever its settings say
  -f, --no-error-on-fail       exit with 0 although a program failed
  -h, --help                   this
TEXT
}

die() {
  printf '%s\n' "$*" >&2
  exit 1
}

known=$(cat "$base/kselftest-list.txt") || exit 1
chosen='' skipped='' dry='' log='' logs='' limit='' error=1
while [ $# -gt 0 ]; do
  case $1 in
    -c | --collection | -t | --test | -S | --skip | -o | --override-timeout)
      [ $# -gt 1 ] || die "$1 wants a value"
      ;;
  esac
  case $1 in
    -c | --collection)
      found=$(printf '%s\n' "$known" | grep "^$2:") || die "No such collection '$2'"
      chosen="$chosen $found"
      shift
      ;;
    -t | --test)
      printf '%s\n' "$known" | grep -qxF -e "$2" || die "No such test '$2'"
      chosen="$chosen $2"
      shift
      ;;
    -S | --skip)
      skipped="$skipped $2 "
      shift
      ;;
    -o | --override-timeout)
      limit=$2
      shift
      ;;
    -l | --list)
      printf '%s\n' "$known"
      exit 0
      ;;
    -d | --dry-run) dry=1 ;;
    -s | --summary) log=$base/output.log ;;
    -p | --per-test-log)
      logs=/tmp
      case ${2:-} in
        '' | -*) ;;
        *)
          mkdir -p "$2" && logs=$(cd "$2" && pwd -P) || exit 1
          shift
          ;;
      esac
      ;;
    -f | --no-error-on-fail) error= ;;
    -h | --help)
      usage
      exit 0
      ;;
    *)
      usage >&2
      exit 1
      ;;
  esac
  shift
done

tests=
for test in ${chosen:-$known}; do
  case " $skipped " in
    *" $test "*) ;;
    *) tests="$tests $test" ;;
  esac
done

# setting COLLECTION NAME: its value in the settings of a collection
setting() {
  [ ! -r "$base/$1/settings" ] || sed -n "s/^$2=//p" "$base/$1/settings" | tail -n 1
}

# Line by line where sed can do that, and with a time limit where there is timeout
prefix() {
  if sed -u '' </dev/null 2>/dev/null; then sed -u 's/^/# /'; else sed 's/^/# /'; fi
}

limited() {
  if command -v timeout >/dev/null; then exec timeout "$seconds" "$@"; else exec "$@"; fi
}

# run COLLECTION PROGRAM: its output behind "# ", its exit status in $status
run() {
  seconds=${limit:-$(setting "$1" timeout)}
  seconds=${seconds:-45}
  printf '# timeout set to %s\n' "$seconds"
  word=$(printf '%s' "$2" | tr -c '[:alnum:]' _ | tr '[:lower:]' '[:upper:]')
  # Options for one program: KSELFTEST_BIND_ARGS='-t name'
  eval "arguments=\${KSELFTEST_${word}_ARGS:-}"
  if [ ! -x "$base/$1/$2" ]; then
    printf '# %s is not there, or cannot be run\n' "$1/$2"
    status=127
    return
  fi
  said=$(mktemp)
  {
    # shellcheck disable=SC2154,SC2086 # eval sets it; each of its words is an option
    (cd "$base/$1" && limited "./$2" $arguments) 2>&1
    echo $? >"$said"
  } | prefix
  read -r status <"$said"
  rm -f "$said"
}

# shellcheck disable=SC2086 # one word for each program
set -- $tests
printf 'TAP version 13\n1..%s\n' $#
number=0 passed=0 failed=0 expected=0 left_out=0
[ -z "$log" ] || : >"$log"
for test; do
  number=$((number + 1))
  collection=${test%%:*} program=${test#*:}
  name="selftests: $collection: $program"
  printf '# %s\n' "$name"
  if [ -n "$dry" ]; then
    printf 'ok %s %s # SKIP dry run\n' "$number" "$name"
    left_out=$((left_out + 1))
    continue
  fi
  [ -z "$logs" ] || log=$logs/$program
  if [ -n "$logs" ]; then
    run "$collection" "$program" >"$log"
  elif [ -n "$log" ]; then
    run "$collection" "$program" >>"$log"
  else
    run "$collection" "$program"
  fi
  case $status in
    0)
      printf 'ok %s %s\n' "$number" "$name"
      passed=$((passed + 1))
      ;;
    2)
      printf 'ok %s %s # XFAIL\n' "$number" "$name"
      expected=$((expected + 1))
      ;;
    4)
      printf 'ok %s %s # SKIP\n' "$number" "$name"
      left_out=$((left_out + 1))
      ;;
    124)
      printf 'not ok %s %s # TIMEOUT %s seconds\n' "$number" "$name" "$seconds"
      failed=$((failed + 1))
      ;;
    *)
      printf 'not ok %s %s # exit=%s\n' "$number" "$name" "$status"
      failed=$((failed + 1))
      ;;
  esac
done
printf '# Totals: pass:%s fail:%s xfail:%s xpass:0 skip:%s error:0\n' \
  $passed $failed $expected $left_out
[ $failed = 0 ] || [ -z "$error" ]
