# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Sourced by the tests here: TAP output, a scratch directory that goes away, and
# the one thing most of them want to know: whether a command fails as it should.

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit
count=0
failures=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# result STATUS NAME [DETAIL-FILE]: print one result and what explains a failure.
result()
{
    count=$((count + 1))
    if [ "$1" = 0 ]; then
        echo "ok $count - $2"
    else
        failures=$((failures + 1))
        [ ! -f "${3:-}" ] || sed 's/^/# /' "$3"
        echo "not ok $count - $2"
    fi
}

# check NAME COMMAND...: COMMAND succeeds.
check()
{
    local title=$1 status=0
    shift
    "$@" >"$scratch/output" 2>&1 || status=1
    result $status "$title" "$scratch/output"
}

skip()
{
    count=$((count + 1))
    echo "ok $count - $1 # SKIP $2"
}

list_watched()
{
    find "${watched:-/nonexistent}" \( -name '.apt-*' -o -name downloads \) -prune -o -print 2>/dev/null | sort
}

# refuses NAME PATTERN COMMAND...: COMMAND fails with exactly one line, which
# matches PATTERN, and leaves no new file in $watched; apt's cached index may stay.
refuses()
{
    local title=$1 pattern=$2 status=0
    shift 2
    list_watched >"$scratch/before"
    "$@" >"$scratch/stdout" 2>"$scratch/output" </dev/null || status=$?
    list_watched >"$scratch/after"
    {
        echo "exit status $status"
        [ $status -ne 0 ] && [ "$(grep -vc '^-- ' "$scratch/output")" = 1 ] &&
            grep -qE "$pattern" "$scratch/output" && diff "$scratch/before" "$scratch/after"
    } >>"$scratch/verdict" 2>&1
    result $? "$title" "$scratch/output"
}

# finish: the plan, and the exit status.
finish()
{
    echo "1..$count"
    exit $((failures > 0))
}
