# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# Level 1: a libvirtd, and one domain with an assigned network function on each
# emulator. Marks say what libvirt made of it.

export PATH=/bin:/sbin:/usr/bin:/usr/sbin LC_ALL=C
function=0000:00:07.0

on_libvirt()
{
    virsh -q -c qemu:///system "$@"
}

driver()
{
    basename "$(readlink /sys/bus/pci/devices/$function/driver)"
}

# told KEY COMMAND...: a mark with the command's status and what it said.
told()
{
    key=$1
    shift
    "$@" >/tmp/told 2>&1
    status=$?
    cat /tmp/told
    mark libvirt emulator="$emulator" key="$key" status=$status \
        words="$(grep -v '^setlocale' /tmp/told | tr -s ' =\n' '_' | sed 's/_$//' | cut -c 1-1000)"
}

property()
{
    on_libvirt qemu-monitor-command level2 --pretty "{\"execute\": \"qom-get\", \"arguments\":
        {\"path\": \"/machine/peripheral/ua-net\", \"property\": \"$1\"}}" |
        sed -n 's/.*"return": "\(.*\)".*/\1/p'
}

# until_said WORDS SECONDS: wait for level 2's console to have a line. Without it
# nothing is worth more waiting: another level 1 is tried.
until_said()
{
    left=$2
    until grep -q "$1" /tmp/console; do
        left=$((left - 1))
        [ $left -gt 0 ] || { mark trouble "never=${1##* }" && tail -n 5 /tmp/console && poweroff -f; }
        sleep 1
    done
}

# given_back: wait for the host's driver, which libvirt binds when QEMU has let go
# of the function: some time after level 2 has, or after its end.
given_back()
{
    left=60
    until [ "$(driver)" = e1000e ] || [ $left = 0 ]; do
        left=$((left - 1))
        sleep 1
    done
}

domain()
{
    emulator=$1
    mark begin emulator="$emulator"
    : >/tmp/console
    on_libvirt domcapabilities --emulatorbin "/qemu/$emulator" |
        sed "s,/qemu/$emulator,,; s,<cpu>.*,," >"/tmp/capabilities-$emulator"
    told before-driver driver
    [ "$emulator" = ours ] ||
        told create-overridden on_libvirt create /libvirt/overridden.xml
    told create on_libvirt create "/libvirt/$emulator.xml"
    told used-driver driver
    until_said "step=pinged-1" 150
    told save on_libvirt save level2 /tmp/saved
    told restore on_libvirt restore /tmp/saved
    for name in x-msix-mask x-irq-reinject x-intx-resample; do
        told "$name" property $name
    done
    told detach on_libvirt detach-device level2 /libvirt/hostdev.xml --live
    until_said "step=gone" 60
    given_back
    told back-driver driver
    told attach on_libvirt attach-device level2 /libvirt/hostdev.xml --live
    until_said "l2-done" 120
    grep '#e2e' /tmp/console
    given_back
    told after-driver driver
    on_libvirt destroy level2
}

load vfio_pci
echo 0000:00:07.0 >/sys/bus/pci/drivers/e1000e/bind
libvirtd -d
wait_for /run/libvirt/libvirt-sock
for emulator in stock ours; do
    domain $emulator
done
told capabilities cmp /tmp/capabilities-stock /tmp/capabilities-ours
