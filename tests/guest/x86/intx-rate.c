/*
 * How fast INTx interrupts come while the guest works with its device
 *
 * The handler looks and acknowledges in the BAR that QEMU can map, and between
 * two interrupts the guest reads that BAR.  The device raises its line again as
 * soon as it was acknowledged.  By the IOAPIC.  An instrument of tests/bench;
 * it says what came, and passes unless interrupts are lost.
 *
 * Parameters: count, timeout (ms without an interrupt).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "intx.h"
#include "irq.h"
#include "vfio-host-regs.h"

#define COUNT       5000
#define TIMEOUT_MS  5000
#define READS       64              /* between two looks at the clock */

static uintptr_t registers, memory;
static uint32_t handled;
static volatile uint32_t delivered, spurious;

static void handle(void)
{
    uint32_t sequence = read32(memory + IRQTEST_INTX_SEQUENCE_IN_BAR4);

    if (sequence == handled) {
        spurious++;
        return;
    }
    delivered++;
    handled = sequence;
    write32(memory + IRQTEST_INTX_ACK_IN_BAR4, sequence);
}

static uint32_t run(uint32_t count)
{
    uint64_t since = tsc(), timeout = tsc_of_ms(param("timeout", TIMEOUT_MS));
    uint32_t seen = 0, reads = 0;

    while (delivered < count && tsc() - since < timeout) {
        if (delivered != seen) {
            seen = delivered;
            since = tsc();
        }
        for (unsigned i = 0; i < READS; i++) {
            read32(memory + 4 * i);
        }
        reads += READS;
    }
    return reads;
}

void case_main(void)
{
    uint32_t count = param("count", COUNT), reads, ms, trapped[2], signalled;
    uint64_t begin;
    pci_bdf bdf;

    if (!pci_find(IRQTEST_VENDOR_ID, IRQTEST_DEVICE_ID, &bdf)) {
        give_up("no device %x:%x: start QEMU with \"vfio-host run\"",
                IRQTEST_VENDOR_ID, IRQTEST_DEVICE_ID);
    }
    registers = pci_bar(bdf, 0);
    memory = pci_bar(bdf, 4);
    pci_enable(bdf);
    handled = read32(memory + IRQTEST_INTX_SEQUENCE_IN_BAR4);
    intx_start(bdf, INTX_IOAPIC, handle);

    write32(registers + IRQTEST_CLEAR, 1);
    begin = tsc();
    write32(registers + IRQTEST_INTX_AUTO_COUNT, count);
    reads = run(count);
    ms = ms_of_tsc(tsc() - begin);
    signalled = read32(registers + IRQTEST_INTX_SIGNALLED);
    trapped[0] = read32(registers + IRQTEST_BAR_READS);
    trapped[1] = read32(registers + IRQTEST_BAR_WRITES);

    check(delivered == count, "each is delivered: %u of %u", delivered, count);
    /* Less our own: two reads, and the write that starts; or none at all. */
    say("result: raised=%u delivered=%u lost=%u spurious=%u signalled=%u ms=%u "
        "reads=%u trapped_reads=%u trapped_writes=%u\n", count, delivered,
        count - delivered, spurious, signalled, ms, reads,
        trapped[0] < 2 ? 0 : trapped[0] - 2,
        trapped[1] < 1 ? 0 : trapped[1] - 1);
}
