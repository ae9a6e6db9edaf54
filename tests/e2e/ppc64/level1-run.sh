# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# Sourced by level 1's /init, which has assigned() and lines(): run a level 2, and
# count what its QEMU traced.

# traced PATTERN: how often level 2's QEMU traced it.
traced()
{
    grep -c "^$1" /tmp/trace
}

# count_up NAME WHEN: what this level has counted up to now.
count_up()
{
    [ ! -e /tmp/counted ] || return 0
    : >/tmp/counted
    mark level1 run="$1" at="$2" lines=$(($(lines) - before)) msix="$(interrupts vfio-msix)" \
        by="$(sed -n 's/^vfio_intx_resample.* by \([a-z]*\),.*/\1/p' /tmp/trace | tail -n 1)" \
        signalled="$(traced vfio_intx_interrupt)" unread="$(traced vfio_intx_eoi_before_event)" \
        ended="$(traced 'vfio_[a-z_]*intx_eoi ')" \
        trapped="$(traced 'vfio_region_mmaps_set_enabled.*BAR 0 .*: 0')" \
        complaints="$(wc -l </tmp/complaints)" warned="$(wc -l </tmp/warnings)" missing="$(traced vfio_intx_eoi_missing)" resample="$(traced vfio_intx_enable_kvm)" \
        taint="$(cat /sys/module/vfio_pci_core/taint)" rearm="$(traced 'vfio_intx_rearm.*: 1')" messages="$(traced vfio_msi_interrupt)" \
        esb="$(traced 'spapr_xive_esb.*offset=0x0')" xics="$(traced xics_ics_eoi)"
}

# listen NAME EMULATOR: pass level 2's console on, and answer its marks.
listen()
{
    while IFS= read -r line; do
        echo "$line"
        case $line in
        *"#e2e l2-settled"*)
            count_up "$1" settled
            ;;
        *"soft lockup"* | *"transmit queue"*"timed out"*)
            echo "$line" >>/tmp/complaints
            ;;
        *"its interrupts do not reach the guest"*)
            echo "$line" >>/tmp/warnings
            ;;
        *"#e2e l2-done"*)
            # A guest whose interrupts are stuck may not get as far as off.
            qemu=$(pidof "$2")
            (sleep 10; kill -9 "$qemu") 2>/dev/null &
            ;;
        esac
    done
}

# run NAME SECONDS EMULATOR MACHINE APPEND FUNCTIONS PROPERTIES OTHER: a level 2, whose
# QEMU sees OTHER of this one, if that is not empty. A level 2 that dies, which it does
# at an oops, is counted up when it is dead.
run()
{
    before=$(lines)
    rm -f /tmp/trace /tmp/counted
    : >/tmp/complaints
    : >/tmp/warnings
    mark begin run="$1"
    {
        # shellcheck disable=SC2046 # words are wanted
        env ${8:+LD_PRELOAD=/lib/other-host.so "$8"} \
            timeout -s KILL "$2" "/qemu/$3" -L /qemu -cpu host -smp 1 -m 512 -nodefaults \
            -M "pseries,accel=kvm,x-vof=on,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off,$4" \
            -no-user-config -no-reboot -display none -serial stdio \
            -kernel /level2/vmlinux -initrd /level2/initrd \
            -append "console=hvc0 quiet loglevel=4 cpuidle.off=1 oops=panic panic=-1 iomem=relaxed $5" \
            $(assigned "$6" "$7") -trace events=/events,file=/tmp/trace </dev/null 2>&1
        mark end run="$1" status=$?
    } | listen "$1" "$3"
    count_up "$1" death
}
