# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154 # level1-init sets probes
#
# Sourced by level 1's /init, which has function_of(): run a level 2, and count what
# happens below it.

events="vfio_intx_enable_kvm vfio_intx_interrupt vfio_region_mmaps_set_enabled vfio_msi_interrupt"

# is_patient SECONDS: a case in level 2 may be silent for so long, and then for as
# long as everything takes on this machine: some times what level 1 took to boot.
is_patient()
{
    booted=${booted:-$(cut -d. -f1 /proc/uptime)}
    patience=$(($1 + (booted > 12 ? 5 * booted : 60)))
}

# listen RUN EMULATOR: pass level 2's console on, and answer its marks with what
# this level sees of the function at that moment. A level 2 that says nothing for too
# long never will: the next one takes its turn then.
listen()
{
    # shellcheck disable=SC3045 # busybox has it
    while IFS= read -r -t "$patience" line; do
        echo "$line"
        case $line in
        *"#e2e l2-settled "* | *"#e2e l2-msix "*)
            device=${line#*device=}
            function=$(function_of "${device%% *}")
            # Level 0 is to know what it has seen by now. The port's bit 1 is set anyway.
            printf '\002' | dd of=/dev/port bs=1 seek=$((0x92)) 2>/dev/null
            # shellcheck disable=SC2046,SC2086 # a word each
            mark level1 run="$1" handled="$(interrupts "vfio-.*$function")" \
                enabled="$(msix_enabled "$function")" \
                $(awk '{ print $1 "=" $2 }' ${probes}_profile) \
                $(awk '{ n[$1]++ } END { for (i in n) print i "=" n[i] }' /tmp/trace)
            echo seen >&9
            ;;
        esac
    done
    if pid=$(pidof "$2"); then
        mark silent run="$1" seconds="$patience"
        # shellcheck disable=SC2086 # a list
        kill -9 $pid
    fi
    cat
}

# processors: on which level 2 may run, as a mask: not the first, see level1.py.
processors()
{
    count=$(nproc)
    [ "$count" = 1 ] && echo 1 || printf '%x\n' $(((1 << count) - 2))
}

# run NAME SECONDS EMULATOR ACCEL DEVICES PROPERTIES APPEND [OPTION...]: a level 2.
run()
{
    name=$1 limit=$2 emulator=$3 accel=$4 devices=$5 properties=$6 append=$7
    shift 7
    mark begin run="$name"
    rm -f /tmp/answers
    mkfifo /tmp/answers
    exec 9<>/tmp/answers
    for event in $events; do
        set -- "$@" -trace "$event"
    done
    for device in $devices; do
        set -- "$@" -device "vfio-pci,host=$(function_of "$device")$properties"
    done
    {
        # shellcheck disable=SC2086 # words are wanted
        taskset "$(processors)" timeout -s KILL "$limit" "/qemu/$emulator" -M q35 -accel $accel \
            -smp 2 -m 384 -nodefaults -no-user-config -display none \
            -no-reboot -serial stdio -kernel /level2/vmlinux -initrd /level2/initrd \
            -append "console=ttyS0 mitigations=off nokaslr tsc=reliable no_timer_check oops=panic panic=-1 quiet loglevel=4 iomem=relaxed $append" \
            -D /tmp/trace "$@" <&9 2>&1
        mark end run="$name" status=$?
    } | listen "$name" "$emulator"
}
