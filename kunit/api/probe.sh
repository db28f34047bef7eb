#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What a header of the tree looks like: versions mislead, since stable trees carry backports.
#
# probe.sh HEADER name NAME            does the word stand there?
# probe.sh HEADER struct NAME WORD     does the struct have a member with this word in it?
# probe.sh HEADER args NAME WORD       do the arguments of this function, or pointer to one?
#
# The exit status is the answer.
set -eu
header=$1 kind=$2 name=$3 word=${4-}
case $kind in
  name) grep -qw "$name" "$header" ;;
  struct)
    tr -s '[:space:]' ' ' <"$header" | grep -oE "struct $name \{[^}]*\}" | grep -qw "$word"
    ;;
  args)
    tr -s '[:space:]' ' ' <"$header" | grep -oE "\b$name\)? ?\([^;{]*[;{]" | grep -qw "$word"
    ;;
  *)
    echo "probe.sh: $kind: name, struct or args" >&2
    exit 2
    ;;
esac
