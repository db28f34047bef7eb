# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# What check and test share: install what is missing, run make, keep its exit status.
# Needs nothing but a Debian's base system.

root=$(dirname "$(readlink -f "$0")")/..

say() {
  printf '%s\n' "$*" >&2
}

# The words at the top of the script, for whoever asks what it does
case ${1:-} in
  -h | --help)
    sed -n '3,/^[^#]/s/^# //p' "$0"
    exit 0
    ;;
esac

# packages_of SECTION...: the packages in those sections of the list
packages_of() {
  wanted=" $* "
  section=
  while read -r line; do
    case $line in
      '' | '#'*) ;;
      '['*']')
        section=${line#'['}
        section=${section%']'}
        ;;
      *)
        case $wanted in
          *" $section "*)
            case $line in
              *' (or the command)')
                package=${line%' (or the command)'}
                command -v "$package" >/dev/null || printf '%s\n' "$package"
                ;;
              *' (if there is one)') printf '%s?\n' "${line%' (if there is one)'}" ;;
              *) printf '%s\n' "$line" ;;
            esac
            ;;
        esac
        ;;
    esac
  done <"$root/scripts/packages"
}

# missing_of PACKAGE...: those that are not installed; PACKAGE?: if apt knows of it at all
missing_of() {
  for package; do
    case $package in
      *\?)
        package=${package%\?}
        apt-cache show "$package" >/dev/null 2>&1 || continue
        ;;
    esac
    # shellcheck disable=SC2016 # dpkg-query fills this in, not the shell
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || status=
    [ "$status" = installed ] || printf '%s ' "$package"
  done
}

# install_missing SECTION...: exit 2, with what to type, if that cannot be done
install_missing() {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    say "this is no Debian, so nothing is installed; needed: $(packages_of "$@" | tr '\n' ' ')"
    return
  fi
  # shellcheck disable=SC2046 # one word for each package
  missing=$(missing_of $(packages_of "$@"))
  [ -n "$missing" ] || return 0
  missing=${missing% }
  by_hand="apt-get update && apt-get install --no-install-recommends $missing"
  if [ "$(id -u)" = 0 ]; then
    privilege=
  elif ! command -v sudo >/dev/null; then
    say "missing: $missing; as root: $by_hand"
    exit 2
  elif [ -t 0 ] && [ -z "${CI:-}" ]; then
    privilege='sudo'
  elif sudo -n true 2>/dev/null; then
    privilege='sudo -n'
  else
    say "missing: $missing; sudo wants a password; as root: $by_hand"
    exit 2
  fi
  say "installing: $missing"
  output=$(mktemp)
  # shellcheck disable=SC2046,SC2086 # a command and packages, each a word
  if ! {
    $privilege env DEBIAN_FRONTEND=noninteractive apt-get -q update &&
      missing=$(missing_of $(packages_of "$@")) &&
      $privilege env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
        install --no-install-recommends $missing
  } >"$output" 2>&1 </dev/null; then
    tail -n 20 "$output" >&2
    say "cannot install what is missing (all of apt-get's words: $output); as root: $by_hand"
    exit 2
  fi
  rm -f "$output"
}

# here PATH: a path as seen from where the user is, not from where make runs
here() {
  case $1 in
    '' | /*) printf '%s' "$1" ;;
    \~/*) printf '%s' "$HOME/${1#??}" ;;
    *) printf '%s' "$PWD/$1" ;;
  esac
}

# run_make TARGET [ARGUMENT]...: make's own status tells failures from trouble no more, so
# the target leaves svacheck's in a file
run_make() {
  target=$1
  shift
  [ -z "${KDIR:-}" ] || KDIR=$(here "$KDIR")
  [ -z "${IMPL:-}" ] || IMPL=$(here "$IMPL")
  for argument; do
    shift
    case $argument in
      KDIR=* | IMPL=*) argument=${argument%%=*}=$(here "${argument#*=}") ;;
      -q) argument=Q=1 ;;
      -v) argument=V=1 ;;
      --json) argument=JSON=1 ;;
      *=*) ;;
      *)
        say "$argument is no setting; NAME=value, -q, -v and --json are, and make help lists them"
        exit 2
        ;;
    esac
    set -- "$@" "$argument"
  done
  SVACHECK_STATUS=$(mktemp)
  export SVACHECK_STATUS
  trap 'rm -f "$SVACHECK_STATUS"' EXIT
  # A signal to the process group, as of Ctrl-C, reaches svacheck as well, which ends then
  trap 'exit 130' INT TERM HUP
  make --no-print-directory -C "$root" "$target" "$@" || exit 2
  read -r status <"$SVACHECK_STATUS" || status=2
  case $status in
    0 | 1 | 130) exit "$status" ;;
    *) exit 2 ;; # 127: it could not even be started
  esac
}
