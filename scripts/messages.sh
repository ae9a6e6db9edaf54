# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Sourced by the scripts beside it: how they speak to a person. An error is one
# line that says what is wrong and what to do; long output goes to a log.

# die MESSAGE...: the one line, then exit with $status (1 unless the caller set it).
die()
{
    printf '%s: %s\n' "${program:-${0##*/}}" "$*" >&2
    exit "${status:-1}"
}

# say MESSAGE...: what is being done now, for steps that take seconds.
say()
{
    printf -- '-- %s\n' "$*" >&2
}

# logged LOG COMMAND...: run quietly, keeping the output in LOG.
logged()
{
    local log=$1
    shift
    mkdir -p "$(dirname "$log")"
    "$@" >"$log" 2>&1 </dev/null
}

# need_space DIRECTORY MIB PURPOSE: refuse early what would fill the disk halfway.
need_space()
{
    local free
    free=$(df -Pm "$1" | awk 'NR == 2 { print $4 }')
    [ "$free" -ge "$2" ] ||
        die "$3 needs $2 MiB of disk space in $1, which has $free: free some and run this again"
}
