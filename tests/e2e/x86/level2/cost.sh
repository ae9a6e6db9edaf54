# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154 # level2-init sets case
#
# cost mask|move SECONDS: on an idle NVMe function, mask and unmask a vector, or
# move the administration queue's between the CPUs, as fast as it goes.

what=$1 seconds=$2
load nvme
wait_for /dev/nvme0n1
function=$(basename "$(readlink /sys/class/nvme/nvme0/device)")
irq=$(sed -n 's/^ *\([0-9]*\):.*nvme0q0.*/\1/p' /proc/interrupts)
settled start nvme nvme0q
case $what in
mask) mask-toggle "$function" 1 "$seconds" 0 0 >/tmp/results ;;
move) affinity-rewrite "$seconds" 0 "$irq" >/tmp/results ;;
esac
settled end nvme nvme0q
rounds=$(($(sum toggles) + $(sum moves)))
mark l2-result case="$case" toggles="$(sum toggles)" moves="$(sum moves)" \
    refused="$(sum refused)" seconds="$seconds" \
    us=$((rounds > 0 ? seconds * 1000000 / rounds : 0))
