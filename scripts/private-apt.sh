# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Sourced, after messages.sh, by what downloads from the Debian archive: apt with
# a state of its own, so that the machine's stays as it is, on the mirror that
# the machine already uses. apt checks the archive's signatures and hashes.
#
# The caller sets $state, the state's directory, and $log, the beginning of its
# logs' names, and defines write_sources URI, which prints the sources.list.

keyring=/usr/share/keyrings/debian-archive-keyring
[ -e $keyring.gpg ] && keyring=$keyring.gpg || keyring=$keyring.pgp
accept_old=()

# apt_private COMMAND [ARGUMENT...]
apt_private()
{
    local command=$1
    shift
    # shellcheck disable=SC2154 # the caller's
    "$command" -o Dir::Etc::SourceList="$state/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null \
        -o Dir::State::Lists="$state/lists" -o Dir::Cache="$state/cache" \
        -o APT::Sandbox::User="$(id -un)" -o Acquire::Retries=2 \
        ${accept_old[@]+"${accept_old[@]}"} "$@"
}

# update_index PURPOSE: read the archive's index anew, or die with status 77.
update_index()
{
    local uri
    mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
    # shellcheck disable=SC2154 # the caller's
    for uri in $(scripts/archive-uris); do
        write_sources "$uri" >"$state/sources.list"
        if logged "$log-index.log" apt_private apt-get update --error-on=any; then
            return
        fi
        # A mirror that stands still is no reason to stop: its signature is checked all the same.
        if grep -q '^E: Release file .* is expired' "$log-index.log"; then
            say "the index of $uri has not been renewed for long; it is used as it is"
            accept_old=(-o "Acquire::Check-Valid-Until=false")
            ! logged "$log-index.log" apt_private apt-get update --error-on=any || return 0
        fi
    done
    status=77 die "the archive's index of $1 cannot be read: check the network and apt's sources (log: $log-index.log)"
}
