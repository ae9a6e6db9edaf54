# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154 # level2-init sets case
#
# nic DRIVER affinity|irqbalance|mask|none SECONDS: ping level 1 without a pause, while
# the function's vectors are moved between the CPUs by a program of ours, or by
# Debian's irqbalance, masked and unmasked, or left.

driver=$1 provoke=$2 seconds=$3

find_net()
{
    for net in /sys/class/net/*; do
        [ "$(basename "$(readlink "$net/device/driver")")" != "$driver" ] || return 0
    done
    return 1
}

# balance SECONDS IRQ...: have irqbalance look again and again at interrupts that are
# all on CPU 0, and count those that it moves away.
balance()
{
    end=$(($(cut -d. -f1 /proc/uptime) + $1)) moves=0
    shift
    while [ "$(cut -d. -f1 /proc/uptime)" -lt $end ]; do
        for irq; do
            echo 1 >"/proc/irq/$irq/smp_affinity"
        done
        irqbalance --foreground --oneshot --interval=1 --debug >/tmp/irqbalance 2>&1
        moves=$((moves + $(for irq; do cat "/proc/irq/$irq/smp_affinity"; done | grep -vc '^0*1$')))
    done
    [ $moves -gt 0 ] || cat /tmp/irqbalance >&2
    echo moves=$moves
}

load "$driver"
until find_net; do
    sleep 0.1
done
function=$(basename "$(readlink "$net/device")")
net=${net##*/}
ip addr add 10.0.0.2/24 dev "$net"
ip link set "$net" up
until [ "$(cat "/sys/class/net/$net/carrier")" = 1 ]; do
    sleep 0.1
done
irqs=$(sed -n "s/^ *\([0-9]*\):.*$net.*/\1/p" /proc/interrupts)
ping -c 2 -W 2 10.0.0.1

settled start "$driver" "$net"
ping -A -w "$seconds" -q 10.0.0.1 >/tmp/ping &
pings=$!
case $provoke in
affinity)
    # shellcheck disable=SC2086 # a list
    affinity-rewrite "$seconds" 1000 $irqs >>/tmp/results
    ;;
irqbalance)
    # shellcheck disable=SC2086 # a list
    balance "$seconds" $irqs >>/tmp/results
    ;;
mask)
    mask-toggle "$function" 0 "$seconds" 100 300 >>/tmp/results &
    mask-toggle "$function" 1 "$seconds" 100 300 >>/tmp/results
    ;;
esac
wait $pings
cat /tmp/ping
settled end "$driver" "$net"
ping -c 5 -W 20 10.0.0.1 | sed -n 's/.* \([0-9]*\) packets rec.*/after=\1/p' >>/tmp/results
ip addr flush dev "$net"
ip link set "$net" down

# "50 packets transmitted, 50 packets received, ..." and "... min/avg/max = 1/2/3 ms"
sed -n 's/^\([0-9]*\) packets transmitted, \([0-9]*\) packets rec.*/pings=\1 answered=\2/p
    s,^round-trip.*/\([0-9]*\)\.[0-9]* ms$,longest-ms=\1,p' /tmp/ping >>/tmp/results
mark l2-result case="$case" pings="$(sum pings)" answered="$(sum answered)" after="$(sum after)" \
    longest-ms="$(sum longest-ms)" moves="$(sum moves)" refused="$(sum refused)" \
    toggles="$(sum toggles)" seconds="$seconds" \
    gone="$(complaints 'timed out|Detected Tx Unit Hang|nobody cared')"
