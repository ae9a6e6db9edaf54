# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154 # level2-init sets case
#
# cost SECONDS: mask and unmask a vector of an idle NVMe function as fast as it
# goes. (A move of an idle one would cost nothing: Linux puts it off until the
# next interrupt.)

seconds=$1
load nvme
wait_for /dev/nvme0n1
settled start nvme nvme0q
mask-toggle "$(basename "$(readlink /sys/class/nvme/nvme0/device)")" 1 "$seconds" 0 0 >/tmp/results
settled end nvme nvme0q
rounds=$(sum toggles)
mark l2-result case="$case" toggles="$rounds" seconds="$seconds" \
    us=$((rounds > 0 ? seconds * 1000000 / rounds : 0))
