# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154 # level2-init sets case
#
# hotplug: ping through a function that is then taken away and given back.

load e1000e
for plugged in 1 2; do
    wait_for /sys/class/net/eth0
    ip addr add 10.0.0.2/24 dev eth0
    ip link set eth0 up
    until [ "$(cat /sys/class/net/eth0/carrier)" = 1 ]; do
        sleep 0.1
    done
    ping -c 20 -i 0.2 -W 5 10.0.0.1 >/tmp/ping
    tail -n 2 /tmp/ping
    mark l2-hotplug step=pinged-$plugged handled="$(interrupts eth0)" \
        answered="$(sed -n 's/.* \([0-9]*\) packets received.*/\1/p' /tmp/ping)"
    [ $plugged = 1 ] || break
    while [ -e /sys/class/net/eth0 ]; do
        sleep 0.2
    done
    mark l2-hotplug step=gone
done
mark l2-result case="$case"
