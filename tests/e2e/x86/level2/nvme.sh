# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154 # level2-init sets case
#
# nvme vectors|function|none SECONDS [timeout]: read from an NVMe disk on both
# CPUs at once, in rounds of four seconds, while its queues' vectors, or all, are
# masked and unmasked. With "timeout", end at the first interrupt that was lost; it
# shows the sooner then, but so does a machine that is too busy for a while.

toggle=$1 seconds=$2 until=${3:-}
load nvme_core io_timeout="$([ "$until" = timeout ] && echo 3 || echo 10)"
load nvme
wait_for /dev/nvme0n1
function=$(basename "$(readlink /sys/class/nvme/nvme0/device)")
round=4

provoke()
{
    case $toggle in
    vectors)
        mask-toggle "$function" 1 $round 100 300 &
        mask-toggle "$function" 2 $round 100 300 &
        ;;
    function)
        mask-toggle "$function" all $round 100 300 &
        ;;
    esac
}

# The driver's own words for an interrupt that it missed, and for worse
polled='timeout, completion polled'
gone='nvme.*(timeout, (aborting|reset|disable)|I/O error)|nobody cared'

# The first read of a level 2 without KVM takes as long as hundreds of later ones.
read-load /dev/nvme0n1 0.001 0 0 >/dev/null
settled start nvme nvme0q
start=$(cut -d. -f1 /proc/uptime)
past=0
while [ "$past" -lt "$seconds" ]; do
    provoke >>/tmp/results
    read-load /dev/nvme0n1 $round 0 0 >>/tmp/results &
    read-load /dev/nvme0n1 $round 1 8 >>/tmp/results &
    wait
    past=$(($(cut -d. -f1 /proc/uptime) - start))
    mark l2-round case="$case" seconds=$past polled="$(complaints "$polled")"
    [ "$until" != timeout ] || [ "$(complaints "$polled")" = 0 ] || break
done
settled end nvme nvme0q
mark l2-result case="$case" reads="$(sum reads)" failed="$(sum failed)" \
    slow="$(sum slow)" toggles="$(sum toggles)" seconds=$past \
    polled="$(complaints "$polled")" gone="$(complaints "$gone")"
