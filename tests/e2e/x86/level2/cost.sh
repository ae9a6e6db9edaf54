# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154 # level2-init sets case
#
# cost SECONDS none|same|other [DISK]: mask and unmask a vector of an NVMe function as
# fast as it goes, see mask-cost.c.

load nvme
wait_for /dev/nvme0n1
settled start nvme nvme0q
seconds=$1
shift
mask-cost "$(basename "$(readlink /sys/class/nvme/nvme0/device)")" "$seconds" "$@" >/tmp/results
settled end nvme nvme0q
mark l2-result case="$case" toggles="$(sum toggles)" seconds="$seconds" us="$(sum us)"
