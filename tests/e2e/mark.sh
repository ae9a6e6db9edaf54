# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# Sourced by the /init of both levels: mounts, marks on the console, modules.

export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev

# mark NAME KEY=VALUE...: a line that the machine's runner understands.
mark()
{
    echo "#e2e $*"
}

# load MODULE [OPTION...]: with the modules that it needs; options are its own.
load()
{
    last=$1
    shift
    while read -r module; do
        [ ! -d "/sys/module/$module" ] || continue
        if [ "$module" = "$last" ]; then
            insmod "/modules/$module.ko" "$@"
        else
            insmod "/modules/$module.ko"
        fi
    done <"/modules/$last.order"
}

# wait_for PATH: a device may take a while to appear.
wait_for()
{
    tries=300
    until [ -e "$1" ]; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || { mark trouble "no=$1" && return 1; }
        sleep 0.1
    done
}

# total: the sum of the numbers on standard input, one a line.
total()
{
    awk '{ n += $1 } END { print n + 0 }'
}

# interrupts PATTERN: how many /proc/interrupts counts on all CPUs.
interrupts()
{
    grep -E "$1" /proc/interrupts |
        awk '{ for (i = 2; $i ~ /^[0-9]+$/; i++) n += $i } END { print n + 0 }'
}

# msix_enabled FUNCTION: the enable bit in its config space, 0 or 1.
msix_enabled()
{
    config=/sys/bus/pci/devices/$1/config
    place=$((0x$(od -An -tx1 -j 52 -N 1 "$config" | tr -d ' ')))
    while [ $place -gt 0 ]; do
        # shellcheck disable=SC2046 # four bytes: kind, next, control
        set -- $(od -An -tx1 -j $place -N 4 "$config")
        [ "$1" != 11 ] || { echo $((0x$4 >> 7)) && return; }
        place=$((0x$2))
    done
}
